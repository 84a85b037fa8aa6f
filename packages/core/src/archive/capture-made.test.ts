// What all archives have in common is made once, is closed to everybody else, and gives way to that of another release.
import type { Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archivedHere, startArchiveServer, type Archived } from "../../test/archived.ts";

let server: Server;
beforeAll(async () => {
  server = await startArchiveServer();
});
afterAll(() => server?.stop());

const t = "create table t (id integer primary key, v text); insert into t select i, 'v' from generate_series(1, 10) i;";

/** All of the archive's functions. */
const functions = async (db: Archived): Promise<readonly { readonly oid: number; readonly name: string }[]> =>
  db.rows(
    "select oid, proname as name from pg_proc where pronamespace = 'clew_archive'::regnamespace order by proname",
  );

test("an archive finds the functions of the one before, and leaves none of its own", async () => {
  await using db = await archivedHere(t, server);
  await db.up("update t set v = 'x' where id = 1");
  const made = await functions(db);
  expect(new Set(made.map(({ name }) => name.replace(/.* /, ""))).size, "all are of one release").toBe(1);
  await db.up("delete from t where id = 2; alter table t drop column v");
  expect(await functions(db)).toEqual(made);
});

test("nobody else may call them", async () => {
  await using db = await archivedHere(
    `${t} do $$ begin create role anon; exception when duplicate_object then null; end $$; alter default privileges grant all on functions to anon;`,
    server,
  );
  await db.up("update t set v = 'x'");
  expect(
    await db.rows(
      `select proname from pg_proc where pronamespace = 'clew_archive'::regnamespace
        and (has_function_privilege('anon', oid, 'EXECUTE') or has_function_privilege('pg_monitor', oid, 'EXECUTE'))`,
    ),
  ).toEqual([]);
  await db.sql("drop owned by anon");
});

test("those of another release go, and are made anew where another has taken them away", async () => {
  await using db = await archivedHere(t, server);
  const plan = await db.up("update t set v = 'x' where id = 1");
  const made = await functions(db);
  await db.sql(`create function clew_archive."finish other"() returns void language sql as 'select'`);
  await db.session.transaction(plan!.later);
  expect(await functions(db)).toEqual(made);
  // As if that release had taken ours away.
  await db.sql(`drop function ${made.map(({ name }) => `clew_archive."${name}"`).join(", ")}`);
  const before = await db.contents();
  const next = await db.up("update t set v = 'y'");
  expect((await functions(db)).map(({ name }) => name)).toEqual(made.map(({ name }) => name));
  await db.down(next);
  expect(await db.contents()).toBe(before);
});

test("what stands on the search_path of a migration is not taken for the system's", async () => {
  await using db = await archivedHere(
    `${t} create schema other; create function other.format(text, variadic text[]) returns text language sql as $$ select 'nonsense' $$;
     create function other.jsonb_array_elements(jsonb) returns setof jsonb language sql as $$ select null::jsonb where false $$;
     create table other.capture (x int);`,
    server,
  );
  const before = await db.contents();
  await db.sql("set search_path = other, pg_catalog, public");
  const plan = await db.up("update public.t set v = 'x' where id < 5; delete from public.t where id > 5");
  await db.down(plan);
  await db.sql("reset search_path");
  expect(await db.contents()).toBe(before);
});
