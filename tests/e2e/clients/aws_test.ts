/** The contract: AWS's clients reach a service with what `auth-proxy env` prints alone. */

import { service, type Trial, tryTrial } from "../../support/client_trial.ts";
import { isFile, python, pythonModule, testWith } from "../../support/tools.ts";
import type { Handler } from "../../support/upstream.ts";

/** The distribution's, which needs no more of the environment than a home. */
const aws = "/usr/bin/aws";

const identity: Handler = (exchange) =>
  exchange.respond({
    fields: { "Content-Type": "text/xml" },
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <GetCallerIdentityResult><Arn>arn:aws:iam::1:user/octocat</Arn></GetCallerIdentityResult>
      </GetCallerIdentityResponse>`,
  });

/** A client of AWS signs with something, or does not begin. */
const files = {
  ".aws/credentials": "[default]\naws_access_key_id = A\naws_secret_access_key = placeholder\n",
};

function trial(command: readonly string[]): Trial {
  return { command, handler: identity, files, prints: /user\/octocat/ };
}

testWith("aws calls a service with the variables alone", {
  needs: [() => isFile(aws) ? undefined : `${aws} is not installed`],
  fn: () =>
    tryTrial("AWS CLI", async ({ home }) => {
      await home.makeDir(".aws");
      const options = ["--region", "us-east-1", "--endpoint-url", service];
      return trial([aws, ...options, "sts", "get-caller-identity"]);
    }),
});

testWith("boto3 calls a service with the variables alone", {
  needs: [pythonModule("boto3")],
  fn: () =>
    tryTrial("boto3", async ({ home }) => {
      await home.makeDir(".aws");
      return trial([
        python,
        "-c",
        `import boto3
sts = boto3.client("sts", region_name="us-east-1", endpoint_url="${service}")
print(sts.get_caller_identity()["Arn"])`,
      ]);
    }),
});
