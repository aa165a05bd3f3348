import ts from "typescript";
import { listSources } from "../list_sources.ts";

/** Where the compiler finds Deno's own types: a name, not a file. */
const denoTypesFile = "/deno-types.d.ts";

const options: ts.CompilerOptions = {
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  lib: ["lib.esnext.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  // The packages are links out of node_modules; seen where they are, they find each other.
  preserveSymlinks: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  types: [],
};

/** The program's own files, and a checker that knows the types of Deno, Node and the packages. */
export interface TypedProgram {
  readonly files: readonly { readonly path: string; readonly ast: ts.SourceFile }[];
  readonly checker: ts.TypeChecker;
}

/**
 * Parses main.ts, src and scripts below `root`, with types.
 *
 * @param packages a folder with a node_modules for everything that is not relative.
 */
export async function readTypedProgram(root: string, packages: string): Promise<TypedProgram> {
  const paths = (await Promise.all([
    listSources(root, "src"),
    listSources(root, "scripts"),
  ])).flat();
  if (ts.sys.fileExists(`${root}/main.ts`)) paths.unshift("main.ts");
  const program = ts.createProgram({
    rootNames: [
      denoTypesFile,
      `${packages}/node_modules/@types/node/index.d.ts`,
      ...paths.map((path) => `${root}/${path}`),
    ],
    options,
    host: hostFor({ packages, denoTypes: await readDenoTypes() }),
  });
  const files = paths.map((path) => {
    const ast = program.getSourceFile(`${root}/${path}`);
    if (ast === undefined) throw new Error(`Cannot check ${path}: it is not readable`);
    return { path, ast };
  });
  return { files, checker: program.getTypeChecker() };
}

function hostFor(
  given: { readonly packages: string; readonly denoTypes: string },
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (file) => file === denoTypesFile || host.fileExists(file),
    getSourceFile: (file, languageVersion) =>
      file === denoTypesFile
        ? ts.createSourceFile(file, given.denoTypes, languageVersion)
        : host.getSourceFile(file, languageVersion),
    resolveModuleNameLiterals: (literals, containingFile) =>
      literals.map((literal) => {
        const isOwn = !containingFile.startsWith(`${given.packages}/`);
        const from = isOwn && !literal.text.startsWith(".")
          ? `${given.packages}/importer.ts`
          : containingFile;
        return ts.resolveModuleName(literal.text, from, options, host);
      }),
  };
}

async function readDenoTypes(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["types"],
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`Cannot read Deno's types: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
