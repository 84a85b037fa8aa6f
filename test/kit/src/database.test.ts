// Pins what a test may expect of its database: it is alone in it, and it leaves nothing behind.
import { expect, test } from "vitest";
import { freshDatabase } from "./database.ts";

test("two databases know nothing of each other", async () => {
  await using one = await freshDatabase();
  await using two = await freshDatabase();
  await one.sql("create table thing (id int); insert into thing values (1)");
  expect(await one.sql("select * from thing")).toEqual([{ id: 1 }]);
  await expect(two.sql("select * from thing")).rejects.toMatchObject({ code: "42P01" });
});

test("a database goes when its scope ends, though a session is in the middle of a transaction", async () => {
  await using witness = await freshDatabase();
  let name: string;
  {
    await using db = await freshDatabase();
    name = db.name;
    const client = await db.client();
    await client.query("begin; create table thing (id int)");
    expect(await witness.sql("select from pg_database where datname = $1", [name])).toHaveLength(1);
  }
  expect(await witness.sql("select from pg_database where datname = $1", [name])).toHaveLength(0);
});

test("a session that the server ends is no unhandled error, and its next query rejects", async () => {
  await using db = await freshDatabase();
  const client = await db.client();
  const [row] = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
  await db.sql("select pg_terminate_backend($1)", [row!.pid]);
  await expect(client.query("select 1")).rejects.toThrow();
});

test("thirty at once", async () => {
  const databases = await Promise.all(Array.from({ length: 30 }, () => freshDatabase()));
  expect(new Set(databases.map((database) => database.name)).size).toBe(30);
  await Promise.all(databases.map((database) => database.drop()));
});

test("the Supabase template: what migrations find in a fresh project, nothing of it in a plain database", async () => {
  await using project = await freshDatabase({ template: "supabase" });
  await project.sql(`
    create table note (id int, owner uuid default auth.uid());
    alter table note enable row level security;
    create policy own on note to authenticated using (owner = auth.uid());
    create extension if not exists pg_net`);
  expect(await project.sql("select current_user as me")).toEqual([{ me: "postgres" }]);
  await using plain = await freshDatabase();
  expect(await plain.sql("select rolname from pg_roles where rolname = 'authenticated'")).toEqual([]);
});
