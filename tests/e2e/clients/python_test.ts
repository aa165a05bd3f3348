/** The contract: Python's clients reach a service with what `auth-proxy env` prints alone. */

import { service, type Trial, tryTrial } from "../../support/client_trial.ts";
import { python, pythonModule, testWith } from "../../support/tools.ts";

function script(text: string): Trial {
  return { command: [python, "-c", text] };
}

testWith("Python requests calls a service with the variables alone", {
  needs: [pythonModule("requests")],
  fn: () =>
    tryTrial("Python requests", () =>
      script(`import requests
print(requests.get("${service}/", timeout=30).json())`)),
});

testWith("Python httpx calls a service with the variables alone", {
  needs: [pythonModule("httpx")],
  fn: () =>
    tryTrial("Python httpx", () =>
      script(`import httpx
print(httpx.get("${service}/", timeout=30).json())`)),
});

testWith("Python aiohttp calls a service with the variables alone", {
  needs: [pythonModule("aiohttp")],
  fn: () =>
    tryTrial("Python aiohttp", () =>
      script(`import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        async with session.get("${service}/") as response:
            print(await response.text())
asyncio.run(main())`)),
});

testWith("Python urllib calls a service with the variables alone", {
  needs: [pythonModule("ssl")],
  fn: () =>
    tryTrial("Python urllib", () =>
      script(`import urllib.request
print(urllib.request.urlopen("${service}/", timeout=30).read().decode())`)),
});

testWith("pip asks an index with the variables alone", {
  needs: [pythonModule("pip")],
  fn: () =>
    tryTrial("pip", () => ({
      command: [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "index",
        "versions",
        "demo",
        "--index-url",
        `${service}/simple`,
      ],
      handler: (exchange) =>
        exchange.respond({
          fields: { "Content-Type": "text/html" },
          body: '<!DOCTYPE html><a href="demo-1.2.3-py3-none-any.whl">demo-1.2.3</a>',
        }),
      prints: /demo \(1\.2\.3\)/,
    })),
});
