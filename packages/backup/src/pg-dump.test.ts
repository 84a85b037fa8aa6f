// Pins that the schema is there as pg_dump prints it, also of servers that the machine's own pg_dump does not know.
import { freshDatabase, startServer, type Major } from "@clew/kit";
import { expect, test } from "vitest";
import { pgDump } from "./pg-dump.ts";
import { wasmDump } from "./wasm-dump.ts";

const schema = `create table person (id int generated always as identity primary key, "ąść" text default 'a; b' not null);
  alter table person enable row level security; create policy own on person using ("ąść" = current_user);
  create function shout(t text) returns text language sql begin atomic select upper(t); end; comment on table person is 'people'`;

test.for<Major>([15, 17, 18])("npm's pg_dump reads PostgreSQL %i", { timeout: 60_000 }, async (major) => {
  await using server = await startServer({ major });
  await using db = await freshDatabase({ server });
  await db.sql(schema);
  const text = await wasmDump(db.url);
  for (const part of [
    "CREATE TABLE public.person",
    '"ąść" text',
    "CREATE POLICY own",
    "BEGIN ATOMIC",
    "ADD CONSTRAINT person_pkey",
    "'people'",
  ])
    expect(text).toContain(part);
  // Whichever is asked, one of them knows the server.
  expect(await pgDump(db.url, `${major}.0`)).toMatchObject({
    text: expect.stringContaining("CREATE TABLE public.person"),
  });
  await using again = await freshDatabase({ server });
  await again.sql(text.replaceAll(/^(?:SET transaction_timeout|CREATE SCHEMA public|\\\\).*$/gm, ""));
  expect(await again.sql("select polname from pg_policy")).toEqual([{ polname: "own" }]);
});

test("with a password, over a URL that has one", async () => {
  await using server = await startServer();
  const url = server.url({ user: "secret_user", password: "canary/pass word" });
  expect(await wasmDump(url)).toContain("PostgreSQL database dump complete");
});

test("what it says is told", async () => {
  await using db = await freshDatabase();
  await db.sql("create table closed (id int); create role nobody_here_dumps login");
  const url = Object.assign(new URL(db.url), { username: "nobody_here_dumps" }).href;
  try {
    await expect(wasmDump(url)).rejects.toThrow(/permission denied for table closed/);
  } finally {
    await db.sql("drop role nobody_here_dumps");
  }
});
