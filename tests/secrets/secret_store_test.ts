import assert from "node:assert/strict";
import { loadSecrets } from "../../src/secrets/secret_store.ts";
import type { SecretTexts } from "../../src/secrets/secret_texts.ts";

function load(texts: Partial<SecretTexts>) {
  return loadSecrets({ environment: {}, ...texts }, {
    isWanted: (name) => name.endsWith("_TOKEN") || name.endsWith("_HOSTS"),
    isSetting: (name) => name.endsWith("_HOSTS"),
  });
}

function dir(path: string, files: Record<string, string>) {
  return {
    path,
    files: Object.entries(files).map(([name, text]) => ({ name, path: `${path}/${name}`, text })),
  };
}

Deno.test("loadSecrets() tells the source of each secret", () => {
  const { store, problems } = load({
    environment: { A_TOKEN: "a" },
    envFiles: [{ path: "secrets.env", text: "\nB_TOKEN=b" }],
    secretsDirs: [dir("/run/secrets", { c_token: "c\n" })],
  });
  assert.deepEqual(problems, []);
  const found = ["A_TOKEN", "B_TOKEN", "C_TOKEN"].map((name) => {
    const stored = store.get(name);
    return [stored?.secret.reveal(), stored?.source];
  });
  assert.deepEqual(found, [
    ["a", "environment"],
    ["b", "secrets.env:2"],
    ["c", "/run/secrets/c_token"],
  ]);
});

Deno.test("loadSecrets() prefers the environment to env files to folders, and later to earlier", () => {
  const texts = {
    environment: { A_TOKEN: "environment" },
    envFiles: [
      { path: "1.env", text: "A_TOKEN=1\nB_TOKEN=1\nC_TOKEN=1" },
      { path: "2.env", text: "A_TOKEN=2\nB_TOKEN=2" },
    ],
    secretsDirs: [
      dir("/one", {
        a_token: "one",
        b_token: "one",
        c_token: "one",
        d_token: "one",
        e_token: "one",
      }),
      dir("/two", { d_token: "two" }),
    ],
  };
  const { store } = load(texts);
  const winner = (name: string) => store.get(name)?.secret.reveal();
  assert.equal(winner("A_TOKEN"), "environment");
  assert.equal(winner("B_TOKEN"), "2");
  assert.equal(winner("C_TOKEN"), "1");
  assert.equal(winner("D_TOKEN"), "two");
  assert.equal(winner("E_TOKEN"), "one");
});

Deno.test("loadSecrets() takes from the environment and folders only what is wanted", () => {
  const { store } = load({
    environment: { PATH: "/bin", A_TOKEN: "a" },
    envFiles: [{ path: "x.env", text: "ANYTHING=1" }],
    secretsDirs: [dir("/d", { tls_key: "k" })],
  });
  assert.deepEqual(store.names().sort(), ["ANYTHING", "A_TOKEN"]);
});

Deno.test("SecretStore keeps settings apart from secrets", () => {
  const { store } = load({ environment: { K8S_HOSTS: " a.example ", K8S_TOKEN: "t" } });
  assert.deepEqual(store.setting("K8S_HOSTS"), { value: "a.example", source: "environment" });
  assert.equal(store.get("K8S_HOSTS"), undefined);
  assert.equal(store.setting("K8S_TOKEN"), undefined);
});

Deno.test("SecretStore refuses an unusable value by its name and never quotes it", () => {
  const { store, problems } = load({
    environment: { A_TOKEN: "sesame\n" },
    envFiles: [{ path: "x.env", text: 'B_TOKEN="ses\name"\nPEM="ses\name"' }],
    secretsDirs: [dir("/d", { c_token: "sesame\n\n", d_token: "" })],
  });
  // Nobody may ever ask for them: they are no problem by themselves.
  assert.deepEqual(problems, []);
  const refusals = ["A_TOKEN", "B_TOKEN", "C_TOKEN", "D_TOKEN"].map((name) => {
    assert.equal(store.get(name), undefined);
    return store.refusal(name);
  });
  assert.deepEqual(refusals.map((refusal) => refusal?.where), [
    "environment",
    "x.env:1",
    "/d/c_token",
    "/d/d_token",
  ]);
  for (const [index, refusal] of refusals.entries()) {
    assert.match(
      refusal?.message ?? "",
      /^Cannot use [A-D]_TOKEN: its value (has|is) /,
      `${index}`,
    );
    assert.ok(!refusal?.message.includes("sesame"));
  }
});

Deno.test("SecretStore lets a refused value win over a good one of lower precedence", () => {
  const { store } = load({
    environment: { A_TOKEN: "" },
    envFiles: [{ path: "x.env", text: "A_TOKEN=good" }],
  });
  assert.equal(store.get("A_TOKEN"), undefined);
  assert.match(store.refusal("A_TOKEN")?.message ?? "", /empty/);
});

Deno.test("loadSecrets() reports an env file's problems with file and line", () => {
  const { problems } = load({ envFiles: [{ path: "x.env", text: "A_TOKEN=1\nnonsense" }] });
  assert.deepEqual(problems.map(({ where }) => where), ["x.env:2"]);
});

Deno.test("loadSecrets() reports two files of a folder that are one variable", () => {
  const { problems } = load({
    secretsDirs: [dir("/d", { github_token: "a", "github-token": "b" })],
  });
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.message ?? "", /github_token and github-token.*GITHUB_TOKEN/);
});

Deno.test("SecretStore prints no secret", () => {
  const { store } = load({ environment: { A_TOKEN: "sesame", B_TOKEN: "sesame\n" } });
  assert.ok(!Deno.inspect(store, { depth: 9, showHidden: true }).includes("sesame"));
  assert.ok(!JSON.stringify([store, store.get("A_TOKEN")]).includes("sesame"));
});

Deno.test("loadSecrets() takes no named secret for a setting, whose value is printed", () => {
  const { store, problems } = loadSecrets({ environment: { TOKEN: "s3cr3t-value" } }, {
    isWanted: () => true,
    isSetting: (name) => name === "CORP_HOST",
    specs: new Map([["CORP_HOST", { kind: "env", variable: "TOKEN" }]]),
  });
  assert.equal(store.setting("CORP_HOST"), undefined);
  assert.deepEqual(problems, [{
    where: "secrets.CORP_HOST",
    message: "Cannot name a secret CORP_HOST: that is a setting; give it another name",
  }]);
});
