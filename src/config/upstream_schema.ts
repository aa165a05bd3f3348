import type { z } from "zod";
import type { UpstreamSettings } from "../policy/custom_rule.ts";
import { parseHost } from "../wire/authority.ts";
import { filePath, parsed } from "./schema_parts.ts";

/** The keys that say how a service is connected to. */
export const upstreamShape = {
  ca: filePath.exactOptional(),
  client_cert: filePath.exactOptional(),
  client_key: filePath.exactOptional(),
  server_name: parsed("write a host's name, such as api.example.com", (text) => {
    return parseHost(text).host;
  }).exactOptional(),
};

interface Written {
  readonly ca?: string;
  readonly client_cert?: string;
  readonly client_key?: string;
  readonly server_name?: string;
}

/** What they come to; half a client certificate is reported. */
export function upstreamSettings(
  { ca, client_cert, client_key, server_name }: Written,
  context: z.core.$RefinementCtx,
): UpstreamSettings {
  if ((client_cert === undefined) !== (client_key === undefined)) {
    const message = "a client certificate needs both client_cert: and client_key:";
    context.addIssue({ code: "custom", message });
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(client_cert === undefined ? {} : { clientCertificate: client_cert }),
    ...(client_key === undefined ? {} : { clientKey: client_key }),
    ...(server_name === undefined ? {} : { serverName: server_name }),
  };
}
