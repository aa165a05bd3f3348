import assert from "node:assert/strict";
import { namedFiles } from "../../src/app/named_files.ts";
import { parseConfigFile } from "../../src/config/config_file.ts";
import { readFlags } from "../../src/config/read_flags.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";

const text = `
env_files: [a.env]
secrets_dirs: [dir]
upstream_ca: [b.pem]
secrets: { k: { file: c.txt }, e: { env: K }, l: { command: [x] } }
rules:
  - match: { host: a.example.com }
    inject: { headers: { X-Key: "\${k}" } }
    upstream: { ca: d.pem, client_cert: e.pem, client_key: f.pem }
services:
  kubernetes:
    kubeconfigs: [g.yaml]
    clusters: { prod: { server: "https://k.example.com", token: k, ca: h.pem } }
  talos:
    talosconfigs: [i.yaml]
`;

Deno.test("namedFiles() lists every file of a configuration, so that no change is missed", () => {
  const { file, problems } = parseConfigFile(text, { path: "/f/c.yaml", services: [] });
  assert.deepEqual(problems, []);
  const { config } = readFlags({}, { defaultLimits, defaultCaDir: "/ca", file });
  const { paths, folders } = namedFiles(config, ["/f/c.yaml"]);
  const letters = [
    "a.env",
    "b.pem",
    "c.txt",
    "c.yaml",
    "d.pem",
    "e.pem",
    "f.pem",
    "g.yaml",
    "h.pem",
  ];
  assert.deepEqual([...paths].sort(), [...letters, "i.yaml"].map((name) => `/f/${name}`));
  assert.deepEqual(folders, ["/f/dir"]);
});
