/** The contract: command-line clients reach a service with what `auth-proxy env` prints alone. */

import { service, tryTrial } from "../../support/client_trial.ts";
import { testWith, tool } from "../../support/tools.ts";

testWith("curl calls a service with the variables alone", {
  needs: [tool("curl")],
  fn: () => tryTrial("curl", () => ({ command: ["curl", "-sS", "--fail", `${service}/`] })),
});

testWith("wget calls a service with the variables and one line in its wgetrc", {
  needs: [tool("wget")],
  fn: () =>
    tryTrial("wget", ({ bundle }) => ({
      command: ["wget", "-q", "-O-", `${service}/`],
      files: { ".wgetrc": `ca_certificate = ${bundle}\n` },
    })),
});

testWith("git asks a repository with the variables alone", {
  needs: [tool("git")],
  fn: () =>
    tryTrial("git", () => ({
      command: ["git", "ls-remote", `${service}/demo.git`],
      handler: (exchange) =>
        exchange.respond({
          fields: { "Content-Type": "application/x-git-upload-pack-advertisement" },
          body: `${packetLine("# service=git-upload-pack\n")}0000${
            packetLine(`${"a".repeat(40)} refs/heads/main\0agent=test\n`)
          }0000`,
        }),
      prints: /^a{40}\trefs\/heads\/main$/m,
    })),
});

testWith("Ruby calls a service with the variables alone", {
  needs: [tool("ruby")],
  fn: () =>
    tryTrial("Ruby", () => ({
      command: ["ruby", "-r", "net/http", "-e", `puts Net::HTTP.get(URI("${service}/"))`],
    })),
});

testWith("PHP's curl calls a service with the variables alone", {
  needs: [tool("php"), phpExtension("curl")],
  fn: () =>
    tryTrial("PHP", () => ({
      command: [
        "php",
        "-r",
        `$handle = curl_init("${service}/");
         curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
         $answer = curl_exec($handle);
         if ($answer === false) { fwrite(STDERR, curl_error($handle)); exit(1); }
         echo $answer;`,
      ],
    })),
});

testWith("PHP's streams trust the proxy, once the program has told them of it", {
  needs: [tool("php"), phpExtension("openssl")],
  fn: () =>
    tryTrial("PHP", () => ({
      command: [
        "php",
        "-r",
        `$proxy = str_replace("http://", "tcp://", getenv("https_proxy"));
         $context = stream_context_create(["http" => ["proxy" => $proxy]]);
         $answer = file_get_contents("${service}/", false, $context);
         if ($answer === false) exit(1);
         echo $answer;`,
      ],
    })),
});

/** A line of git's protocol: its length in four hexadecimal digits goes before it. */
function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, "0") + text;
}

function phpExtension(name: string): () => string | undefined {
  return () => {
    try {
      const { stdout } = new Deno.Command("php", { args: ["-m"] }).outputSync();
      return new TextDecoder().decode(stdout).split("\n").includes(name)
        ? undefined
        : `php has no ${name}`;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
}
