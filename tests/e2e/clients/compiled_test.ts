/**
 * The contract: what is written in Go, Rust and for the JVM reaches a service with what `auth-proxy env`
 * prints alone. Nothing is compiled that does not have to be: `go` and `cargo` are such programs.
 */

import { service, tryTrial } from "../../support/client_trial.ts";
import { testWith, tool } from "../../support/tools.ts";
import { byPath } from "../../support/upstream_scripts.ts";

testWith("go asks a module proxy with the variables alone", {
  needs: [tool("go")],
  fn: () =>
    tryTrial("Go (gh, kubectl, go)", () => ({
      command: [
        "env",
        `GOPROXY=${service}/go`,
        "GONOSUMDB=*",
        "GOFLAGS=-modcacherw",
        "go",
        "list",
        "-m",
        "-versions",
        "corp.example/demo",
      ],
      handler: byPath({
        "/go/corp.example/demo/@v/list": (exchange) => exchange.respond({ body: "v1.2.3\n" }),
        "/go/corp.example/demo/@v/v1.2.3.info": (exchange) =>
          exchange.respondJson({ Version: "v1.2.3" }),
        "/go/corp.example/demo/@v/v1.2.3.mod": (exchange) =>
          exchange.respond({ body: "module corp.example/demo\n" }),
      }),
      prints: /^corp\.example\/demo v1\.2\.3$/m,
    })),
});

const cargo = findCargo();

testWith("cargo asks a registry with the variables alone", {
  needs: [() => cargo === undefined ? "cargo 1.68 or later is not installed" : undefined],
  fn: () =>
    tryTrial("cargo", async ({ home }) => {
      await home.makeDir(".cargo");
      return {
        command: [cargo ?? "", "search", "demo", "--registry", "corp"],
        files: {
          ".cargo/config.toml": `[registries.corp]\nindex = "sparse+${service}/index/"\n`,
        },
        handler: byPath({
          "/index/config.json": (exchange) =>
            exchange.respondJson({ dl: `${service}/dl`, api: service }),
          "/api/v1/crates": (exchange) =>
            exchange.respondJson({
              crates: [{ name: "demo", max_version: "1.2.3", description: "octocat" }],
              meta: { total: 1 },
            }),
        }),
        prints: /^demo = "1\.2\.3"/m,
      };
    }),
});

const java = `
import java.net.*;
import java.net.http.*;

public class Main {
  public static void main(String[] arguments) throws Exception {
    URI uri = URI.create("${service}/");
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    HttpClient client = HttpClient.newHttpClient();
    System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    HttpURLConnection old = (HttpURLConnection) uri.toURL().openConnection();
    System.out.println(new String(old.getInputStream().readAllBytes()));
  }
}
`;

testWith("Java's two clients call a service with the variables alone", {
  needs: [tool("java"), tool("javac")],
  fn: () =>
    tryTrial("Java", () => ({
      command: ["java", "Main.java"],
      files: { "Main.java": java },
      prints: /octocat[^]*octocat/,
    })),
});

/**
 * The program itself (rustup's stand-in would look for toolchains in the client's home), if it is 1.68
 * or later: the first with sparse registries.
 */
function findCargo(): string | undefined {
  const sysroot = printedBy("rustc", "--print", "sysroot");
  if (sysroot === undefined) return undefined;
  const path = `${sysroot}/bin/cargo`;
  const [, minor] = /^cargo 1\.(\d+)\./.exec(printedBy(path, "--version") ?? "") ?? [];
  return Number(minor) >= 68 ? path : undefined;
}

function printedBy(program: string, ...args: readonly string[]): string | undefined {
  try {
    const { stdout, success } = new Deno.Command(program, { args: [...args] }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
