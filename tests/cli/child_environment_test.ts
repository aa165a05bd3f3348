import assert from "node:assert/strict";
import { childEnvironment } from "../../src/cli/child_environment.ts";

const needs = {
  isCredential: (name: string) => ["GITHUB_TOKEN", "GH_TOKEN"].includes(name),
  holdsCredential: (text: string) => text.includes("sesame"),
  given: new Map([["GITHUB_TOKEN", "placeholder"], ["https_proxy", "http://127.0.0.1:1"]]),
};

Deno.test("childEnvironment() puts placeholders in the place of credentials", () => {
  const { environment, removed } = childEnvironment({ GITHUB_TOKEN: "sesame" }, needs);
  assert.equal(environment["GITHUB_TOKEN"], "placeholder");
  assert.deepEqual(removed, []);
});

Deno.test("childEnvironment() takes out other names of credentials, and copies under any name", () => {
  const parent = { GH_TOKEN: "other", COPY: "Bearer sesame", KEPT: "x", Z_COPY: "sesame" };
  const { environment, removed } = childEnvironment(parent, needs);
  assert.deepEqual(removed, ["COPY", "GH_TOKEN", "Z_COPY"]);
  assert.deepEqual(Object.keys(environment).sort(), ["GITHUB_TOKEN", "KEPT", "https_proxy"]);
});

Deno.test("childEnvironment() leaves no setting of the proxy's, and no other proxy", () => {
  const parent = {
    AUTH_PROXY_ENV_FILE: "secrets.env",
    HTTPS_PROXY: "http://corp:8080",
    All_Proxy: "socks5://corp",
    no_proxy: "*",
    NOT_A_PROXY: "kept",
  };
  const { environment, removed } = childEnvironment(parent, needs);
  assert.deepEqual(Object.keys(environment).sort(), [
    "GITHUB_TOKEN",
    "NOT_A_PROXY",
    "https_proxy",
  ]);
  assert.deepEqual(removed, []);
});

Deno.test("childEnvironment() gives the program what the packed file's start has put aside", () => {
  const parent = {
    AUTH_PROXY_ADDED: "DENO_DIR DENO_NO_PACKAGE_JSON",
    DENO_DIR: "/cache/of/auth-proxy",
    DENO_NO_PACKAGE_JSON: "1",
    AUTH_PROXY_ASIDE_NODE_OPTIONS: "--enable-source-maps",
    AUTH_PROXY_ASIDE_DENO_DIR: "/home/me/deno",
    AUTH_PROXY_ASIDE_NODE_COPY: "sesame",
  };
  const { environment, removed } = childEnvironment(parent, needs);
  assert.equal(environment["NODE_OPTIONS"], "--enable-source-maps");
  assert.equal(environment["DENO_DIR"], "/home/me/deno");
  assert.equal("DENO_NO_PACKAGE_JSON" in environment, false);
  assert.deepEqual(removed, ["NODE_COPY"]);
});
