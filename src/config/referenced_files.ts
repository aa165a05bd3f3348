import { resolve } from "node:path";
import { parseCertificates } from "../secrets/certificates.ts";
import { type ClientCertificate, parseClientCertificate } from "../secrets/client_certificate.ts";
import { readSmallFile } from "../secrets/text_file.ts";
import type { MapReader } from "./map_reader.ts";

/** The keys of a record under which a text stands: in base64, or as the path of a file. */
export interface TextKeys {
  /** It counts if both are there. */
  readonly data: string;
  readonly file?: string;
  /** Where relative paths start from. */
  readonly folder: string;
}

interface FoundText {
  readonly text: string;
  readonly key: string;
  /** The file that it was read from, if it was. */
  readonly source?: string;
}

/**
 * Reads the certificates that a record trusts.
 *
 * @returns `undefined` if it names none; `null` if they cannot be used, which has been reported.
 */
export function readAnchorsAt(
  record: MapReader,
  keys: TextKeys,
): { pem: string; source: string } | undefined | null {
  const found = readText(record, keys);
  if (found === undefined || found === null) return found;
  const parsed = parseCertificates(found.text);
  if ("refusal" in parsed) {
    record.problem(`Cannot use ${found.key}: ${parsed.refusal}`, found.key);
    return null;
  }
  return { pem: parsed.certificates.join("\n"), source: found.source ?? keys.data };
}

/**
 * Reads a client certificate and its key.
 *
 * @param options `name` is what the key is called where it is spoken of.
 * @returns As {@linkcode readAnchorsAt}.
 */
export function readClientPair(
  record: MapReader,
  { certificate: certificateKeys, key: keyKeys, name }: {
    certificate: TextKeys;
    key: TextKeys;
    name: string;
  },
): ClientCertificate | undefined | null {
  const certificate = readText(record, certificateKeys);
  const key = readText(record, keyKeys);
  if (certificate === null || key === null) return null;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    const there = certificate ?? key;
    record.problem(
      `Cannot use ${there?.key}: a client certificate needs ${certificateKeys.data} and ` +
        keyKeys.data,
      there?.key,
    );
    return null;
  }
  const parsed = parseClientCertificate(
    { name, certificate: certificate.text, key: key.text },
    Date.now(),
  );
  if ("certificate" in parsed) return parsed.certificate;
  record.problem(`Cannot use ${certificate.key}: ${parsed.refusal}`, certificate.key);
  return null;
}

function readText(
  record: MapReader,
  { data, file, folder }: TextKeys,
): FoundText | undefined | null {
  if (record.says(data)) {
    const text = record.base64Text(data);
    return text === undefined ? null : { text, key: data };
  }
  if (file === undefined || !record.says(file)) return undefined;
  const path = record.text(file);
  if (path === undefined) return null;
  const source = resolve(folder, path);
  record.refersTo(source);
  const read = readSmallFile(source);
  if ("text" in read) return { text: read.text, key: file, source };
  // A credential that was put here by mistake is not repeated.
  const shown = /^[\x21-\x7e]{1,255}$/.test(path) ? ` (${source})` : "";
  record.problem(`Cannot read ${file}: ${read.message}${shown}`, file);
  return null;
}
