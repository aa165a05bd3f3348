"""What a program with the AWS SDK does; it has a placeholder for a key."""

import boto3

s3 = boto3.client("s3", region_name="eu-west-1")
s3.put_object(Bucket="bucket", Key="a b/c(1).txt", Body=b"content", Metadata={"k": "v  w"})
print("put", flush=True)
print("got", s3.get_object(Bucket="bucket", Key="x")["Body"].read().decode(), flush=True)
dynamodb = boto3.client("dynamodb", region_name="eu-west-1")
print("tables", dynamodb.list_tables(Limit=3)["TableNames"], flush=True)
