"""Signs requests with botocore, independently of us: a line of JSON in, a line of JSON out.

In: access_key_id, secret_access_key, session_token (or null), region, service, date, method, url,
headers (to sign), payload_hash. Out: the value of Authorization.
"""

import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def sign(job):
    kind = S3SigV4Auth if job["service"] == "s3" else SigV4Auth
    credentials = Credentials(job["access_key_id"], job["secret_access_key"])
    auth = kind(credentials, job["service"], job["region"])
    auth.payload = lambda request: job["payload_hash"]
    request = AWSRequest(method=job["method"], url=job["url"], headers=job["headers"])
    request.context["timestamp"] = job["date"]
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    signature = auth.signature(to_sign, request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    scope = auth.scope(request)
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"


for line in sys.stdin:
    print(json.dumps(sign(json.loads(line))), flush=True)
