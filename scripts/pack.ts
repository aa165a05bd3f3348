/**
 * One self-contained file out of a shell header, a bundle and a Deno program.
 *
 * What the header does with them at start is told in pack_header.sh.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename } from "node:path";

/** Where the bundle begins in the packed file, in bytes. The header is filled up to here. */
const payloadOffset = 16384;

/** Part of the cache folder's name: raise it when the header lays the folder out differently. */
const layout = 2;

export interface PackParts {
  /** The packed file; written beside itself first, then renamed. */
  readonly output: string;
  /** A Deno program for {@linkcode PackParts.platform}: the ELF file, not a script that starts it. */
  readonly program: string;
  /** The bundled program: JavaScript modules that import each other by name. The first is run. */
  readonly modules: readonly [string, ...string[]];
  /** The text of pack_header.sh. */
  readonly header: string;
  /** Options of `deno run`. */
  readonly runFlags: readonly string[];
  readonly version: string;
  readonly platform: string;
}

interface Piece {
  readonly path: string;
  /** What it is called when it is unpacked. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/**
 * Writes an executable that unpacks the program and the bundle on its first start and runs them.
 *
 * @throws Error when a part cannot be read, when it is no program, or when the header does not fit.
 */
export async function pack(parts: PackParts): Promise<void> {
  await requireElf(parts.program);
  const pieces: Piece[] = [];
  for (const path of parts.modules) pieces.push(await measure(path, basename(path)));
  // Last, because BusyBox's tail reads all that lies before what it is asked for.
  pieces.push(await measure(parts.program, "auth-proxy"));
  const header = renderHeader(parts, pieces);
  const temporary = `${parts.output}.${crypto.randomUUID()}`;
  try {
    await write(temporary, { header, pieces });
    await Deno.chmod(temporary, 0o755);
    await Deno.rename(temporary, parts.output);
  } catch (error) {
    await Deno.remove(temporary).catch(ignoreMissing);
    throw error;
  }
}

async function measure(path: string, name: string): Promise<Piece> {
  const hash = createHash("sha256");
  let size = 0;
  using file = await Deno.open(path);
  for await (const chunk of file.readable) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { path, name, size, sha256: hash.digest("hex") };
}

async function requireElf(path: string): Promise<void> {
  using file = await Deno.open(path);
  const magic = new Uint8Array(4);
  await file.read(magic);
  if (new TextDecoder("latin1").decode(magic) !== "\x7fELF") {
    throw new Error(`Cannot pack "${path}": not a Linux program (ELF)`);
  }
}

function renderHeader(parts: PackParts, pieces: readonly Piece[]): Uint8Array {
  for (const { name } of pieces) {
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) throw new Error(`Cannot pack "${name}": not a plain name`);
  }
  const files = pieces.map(({ name, size, sha256 }) => `${name}:${size}:${sha256}`).join(" ");
  const key = createHash("sha256").update(`${layout} ${files}`).digest("hex").slice(0, 32);
  const values: Record<string, string> = {
    VERSION: parts.version,
    PLATFORM: parts.platform,
    // `tail -c +N` counts from one.
    PAYLOAD_OFFSET: String(payloadOffset + 1),
    FILES: files,
    FILE_COUNT: String(pieces.length),
    MAIN: basename(parts.modules[0]),
    KEY: key,
    RUN_FLAGS: parts.runFlags.join(" "),
  };
  for (const [name, value] of Object.entries(values)) {
    if (!/^[A-Za-z0-9_.,=+: -]+$/.test(value)) {
      throw new Error(`Cannot pack: the value of ${name}, "${value}", is not plain text`);
    }
  }
  const text = parts.header.replace(/@([A-Z0-9_]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new Error(`Cannot pack: the header asks for ${mark}, which does not exist`);
    }
    return value;
  });
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > payloadOffset) {
    throw new Error(`Cannot pack: the header has ${bytes.length} of ${payloadOffset} bytes`);
  }
  const filled = new Uint8Array(payloadOffset).fill("\n".charCodeAt(0));
  filled.set(bytes);
  return filled;
}

async function write(
  path: string,
  content: { readonly header: Uint8Array; readonly pieces: readonly Piece[] },
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const writer = file.writable.getWriter();
  await writer.write(content.header);
  for (const piece of content.pieces) {
    using source = await Deno.open(piece.path);
    for await (const chunk of source.readable) {
      await writer.write(chunk);
    }
  }
  await writer.close();
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
