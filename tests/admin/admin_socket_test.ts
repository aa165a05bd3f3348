import assert from "node:assert/strict";
import { serveAdminSocket } from "../../src/admin/admin_socket.ts";
import { StartError } from "../../src/secrets/start_error.ts";
import { run } from "../ca/support.ts";
import { TempDir } from "../support/temp_dir.ts";
import { testWith, tool } from "../support/tools.ts";

function answer(text: string): () => Response {
  return () => new Response(text);
}

async function get(path: string): Promise<string> {
  const args = ["--silent", "--show-error", "--unix-socket", path, "http://localhost/"];
  return (await run("curl", { args })).output;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

testWith("serveAdminSocket() serves its owner alone, and leaves nothing behind", {
  needs: [tool("curl")],
  fn: async () => {
    await using folder = await TempDir.create();
    const path = folder.join("admin.sock");
    const socket = await serveAdminSocket(path, answer("one"));
    const { mode, isSocket } = await Deno.lstat(path);
    assert.ok(isSocket);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    assert.equal(await get(path), "one");
    assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["admin.sock"]);
    await socket.shutdown();
    assert.equal(await exists(path), false);
  },
});

testWith("serveAdminSocket() replaces the socket of a process that is gone", {
  needs: [tool("curl")],
  fn: async () => {
    await using folder = await TempDir.create();
    const path = folder.join("admin.sock");
    // A listener removes its socket when it is closed, but not another link to it.
    const listener = Deno.listen({ transport: "unix", path: folder.join("dead.sock") });
    await Deno.link(folder.join("dead.sock"), path);
    listener.close();
    assert.ok(await exists(path));
    const socket = await serveAdminSocket(path, answer("two"));
    assert.equal(await get(path), "two");
    await socket.shutdown();
  },
});

testWith(
  "serveAdminSocket() refuses the place of a process that lives, one of several at once too",
  {
    needs: [tool("curl")],
    fn: async () => {
      await using folder = await TempDir.create();
      const path = folder.join("admin.sock");
      const started = await Promise.allSettled(
        ["a", "b", "c"].map((name) => serveAdminSocket(path, answer(name))),
      );
      const lives = started.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
      assert.equal(lives.length, 1);
      await assert.rejects(serveAdminSocket(path, answer("d")), (error: unknown) => {
        assert.ok(error instanceof StartError);
        assert.match(error.message, /^--admin-socket .*another process listens there/);
        return true;
      });
      assert.match(await get(path), /^[abc]$/);
      await lives[0]?.shutdown();
    },
  },
);

Deno.test("serveAdminSocket() leaves alone what is no socket", async () => {
  await using folder = await TempDir.create();
  const path = await folder.write("admin.sock", "precious");
  await assert.rejects(serveAdminSocket(path, answer("x")), /is no socket: move it away/);
  assert.equal(await Deno.readTextFile(path), "precious");
  await assert.rejects(
    serveAdminSocket(folder.join("none", "admin.sock"), answer("x")),
    StartError,
  );
});

testWith("shutdown() does not remove the socket that another process has put there since", {
  needs: [tool("curl")],
  fn: async () => {
    await using folder = await TempDir.create();
    const path = folder.join("admin.sock");
    const first = await serveAdminSocket(path, answer("first"));
    await Deno.remove(path);
    const second = await serveAdminSocket(path, answer("second"));
    await first.shutdown();
    assert.equal(await get(path), "second");
    await second.shutdown();
  },
});
