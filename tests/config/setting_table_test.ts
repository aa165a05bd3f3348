/**
 * The contract: every setting can be said by a flag, by a variable of the environment and, unless the
 * file has a language of its own for it, by a key of the file; each alone is enough.
 */

import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parseConfigFile } from "../../src/config/config_file.ts";
import type { Config } from "../../src/config/config.ts";
import { readFlags } from "../../src/config/read_flags.ts";
import {
  type Flags,
  type SettingName,
  settingNames,
  settingTable,
  variableOf,
} from "../../src/config/setting_table.ts";
import { noFile } from "../../src/config/settings.ts";
import { defaultLimits } from "../../src/proxy/limits.ts";
import { yamlText } from "../../src/config/yaml_text.ts";
import { serviceOptions } from "../../src/services/service_options.ts";

/** A value for each, and what comes of it. */
const samples: Readonly<
  Record<SettingName, { value: string | string[] | true; read: (config: Config) => unknown }>
> = {
  listen: { value: "127.0.0.1:1", read: ({ listen }) => listen },
  admin: { value: "127.0.0.1:2", read: ({ admin }) => admin },
  listenTls: { value: "127.0.0.1:3", read: ({ listenTls }) => listenTls },
  tlsClients: { value: "token", read: ({ tlsClients }) => tlsClients },
  transparent: { value: ["127.0.0.1:4=6443"], read: ({ transparent }) => transparent },
  listenName: { value: ["proxy"], read: ({ listenNames }) => listenNames },
  adminSocket: { value: "/run/a.sock", read: ({ adminSocket }) => adminSocket },
  envFile: { value: ["/a.env", "/b.env"], read: ({ envFiles }) => envFiles },
  secretsDir: { value: ["/secrets"], read: ({ secretsDirs }) => secretsDirs },
  rule: { value: ["a.example,X-Key,A"], read: ({ rules }) => rules },
  caDir: { value: "/ca", read: ({ caDir }) => caDir },
  caCert: { value: "/c.pem", read: ({ settings }) => settings.caCert?.value },
  caKey: { value: "/k.pem", read: ({ settings }) => settings.caKey?.value },
  upstreamCa: { value: ["/ca.pem"], read: ({ upstreamCaFiles }) => upstreamCaFiles },
  upstreamProxy: {
    value: "http://proxy.example:3128",
    read: ({ upstreamProxy }) => upstreamProxy.https?.authority,
  },
  upstreamNoProxy: { value: [".a.example"], read: ({ upstreamProxy }) => upstreamProxy.bypass },
  upstreamProxyHosts: { value: ["a.example"], read: ({ upstreamProxy }) => upstreamProxy.only },
  connectTo: { value: ["a:1:b:2"], read: ({ connectTo }) => connectTo },
  allowPrivate: { value: ["10.0.0.0/8"], read: ({ allowPrivate }) => allowPrivate },
  allowEndpoint: { value: ["npm-token"], read: ({ allowEndpoints }) => allowEndpoints },
  kubeconfig: { value: ["/kube"], read: ({ kubeconfigs }) => kubeconfigs },
  kubeContext: { value: ["prod"], read: ({ kubeContexts }) => kubeContexts },
  talosconfig: { value: ["/talos"], read: ({ talosconfigs }) => talosconfigs },
  talosContext: { value: ["home"], read: ({ talosContexts }) => talosContexts },
  agentTokenFile: { value: "/token", read: ({ agentTokenFile }) => agentTokenFile },
  adminTokenFile: { value: "/admin", read: ({ adminTokenFile }) => adminTokenFile },
  allowUnauthenticated: { value: true, read: (config) => config.allowUnauthenticated },
  limit: { value: ["pool-size=3"], read: ({ limits }) => limits.poolSize },
  via: { value: "me", read: ({ via }) => via },
  drainDelay: { value: "2.5", read: ({ drainDelay }) => drainDelay },
  drainTimeout: { value: "1.5", read: ({ drainTimeout }) => drainTimeout },
  logFormat: { value: "json", read: ({ logFormat }) => logFormat },
  auditFile: { value: "/audit", read: ({ audit }) => audit.file },
  auditRequired: { value: true, read: ({ audit }) => audit.required },
};

const context = { defaultLimits, defaultCaDir: "/default" };

function fromFile(key: readonly (string | number)[], value: unknown): Config {
  const nested = key.toReversed().reduce<unknown>((inner, part) => ({ [part]: inner }), value);
  const options = { path: "c.yaml", services: serviceOptions() };
  const { file, problems } = parseConfigFile(yamlText(nested), options);
  assert.deepEqual(problems, []);
  return readFlags({}, { ...context, file }).config;
}

for (const name of settingNames) {
  const { value, read } = samples[name];
  const { key, flag, kind } = settingTable[name];

  Deno.test(`${flag}, its variable and its key in the file say the same`, () => {
    const expected = read(readFlags({ [name]: value } as Flags, context).config);
    assert.notDeepEqual(expected, read(readFlags({}, context).config), "it makes a difference");
    const text = Array.isArray(value) ? value.join("\n") : String(value);
    const environment = { [variableOf(settingTable[name])]: text };
    assert.deepEqual(read(readFlags({}, { ...context, environment }).config), expected);
    if (key !== undefined) assert.deepEqual(read(fromFile(key, value)), expected);
    assert.equal(kind, Array.isArray(value) ? "list" : value === true ? "switch" : "text");
  });
}

Deno.test("paths of the file are taken from its folder, or from home", () => {
  const options = { path: "dir/c.yaml", services: serviceOptions() };
  const { file } = parseConfigFile("env_files: [./a, /b, ~/c]\naudit: { file: none }\n", options);
  assert.deepEqual(file.settings.envFile?.value, [
    resolve("dir/a"),
    "/b",
    resolve(Deno.env.get("HOME") ?? "/root", "c"),
  ]);
  assert.equal(file.settings.auditFile?.value, "none");
  assert.notEqual(file, noFile);
});
