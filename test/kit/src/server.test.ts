// Pins what tests may expect of a server: its versions, its passwords, and that it never outlives them.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { expect, test } from "vitest";
import { freshDatabase } from "./database.ts";
import { start } from "./process.ts";
import { secretUser, startServer } from "./server.ts";
import type { Major } from "./programs.ts";

async function ask(client: Client, sql: string): Promise<unknown> {
  try {
    await client.connect();
    const { rows } = await client.query<{ answer: unknown }>(`select ${sql} as answer`);
    return rows[0]!.answer;
  } finally {
    await client.end();
  }
}

test.for<Major>([15, 17, 18])("PostgreSQL %i, over TCP and over its socket", async (major) => {
  await using server = await startServer({ major, settings: { work_mem: "5MB" } });
  expect(await ask(new Client(server.url()), "current_setting('server_version')")).toMatch(new RegExp(`^${major}\\.`));
  const local = new Client({ host: server.socket, port: server.port, user: "postgres", database: "postgres" });
  expect(await ask(local, "current_setting('work_mem')")).toBe("5MB");
  await using db = await freshDatabase({ server });
  expect(await db.sql("select current_user as me")).toEqual([{ me: "postgres" }]);
});

test("the secret user needs the password, others do not", async () => {
  await using server = await startServer();
  const url = new URL(server.url());
  url.username = secretUser.user;
  await expect(ask(new Client(url.href), "1")).rejects.toThrow(/password/);
  url.password = "wrong";
  await expect(ask(new Client(url.href), "1")).rejects.toMatchObject({ code: "28P01" });
  url.password = encodeURIComponent(secretUser.password);
  expect(await ask(new Client(url.href), "current_user")).toBe(secretUser.user);
});

test("a server dies with the process that started it, also by kill -9, and the next one clears its data away", async () => {
  const kit = fileURLToPath(new URL("index.ts", import.meta.url));
  const script = `
    import { startServer } from ${JSON.stringify(kit)};
    const { port, socket } = await startServer();
    console.log(JSON.stringify({ port, socket }));
    setInterval(() => {}, 1000);`;
  const { stdout, signal } = await start(process.execPath, ["--input-type=module", "--eval", script], {
    onOutput: (output, kill) => output.stdout.endsWith("\n") && kill("SIGKILL"),
  }).ended;
  expect(signal).toBe("SIGKILL");
  const { port, socket } = JSON.parse(stdout) as { port: number; socket: string };
  const knock = () => ask(new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" }), "1");
  await expect
    .poll(() => knock().catch((error: NodeJS.ErrnoException) => error.code), { timeout: 20_000 })
    .toBe("ECONNREFUSED");
  expect(existsSync(socket)).toBe(true);
  await using _next = await startServer();
  expect(existsSync(socket)).toBe(false);
});

test("a server that cannot start says why", async () => {
  await expect(startServer({ settings: { no_such_setting: "1" } })).rejects.toThrow(/no_such_setting/);
});
