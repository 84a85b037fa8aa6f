// A schema as SQL makes the same schema on a new database.
import { freshDatabase, tempFolder } from "@clew/kit";
import { describeDiff, diff } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";
import { ownSchema } from "./difference.ts";
import { schemaSql } from "./sql.ts";

const migration = `create schema app;
create type app.mood as enum ('sad', 'ok');
create table app.person (id bigint generated always as identity primary key, name text not null, mood app.mood default 'ok');
create table app.pet (id serial primary key, owner bigint not null references app.person on delete cascade);
create function app.owner_of(which bigint) returns bigint language sql stable as $$ select owner from app.pet where id = which $$;
create view app.named as select id, upper(name) as name from app.person where mood = 'ok';
create index person_name on app.person (lower(name)) where mood is not null;
alter table app.pet enable row level security;
create policy own on app.pet using (app.owner_of(id) = owner);
comment on table app.pet is 'it''s a pet';
revoke execute on function app.owner_of(bigint) from public;
`;

test.each(["as the database has it", "as the files say"])("%s", async (from) => {
  await using one = await freshDatabase();
  await using two = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": migration });
  const executor = new MigrationExecutor({ databaseUrl: one.url, dir: folder.path, platform: "postgres" });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
  const made = await executor.schema();
  const statements = schemaSql(from === "as the files say" ? await executor.schema("1") : made);
  expect(statements.filter((statement) => statement.startsWith("--"))).toEqual([]);
  await two.sql(statements.join(";\n"));
  const again = await new MigrationExecutor({ databaseUrl: two.url, dir: folder.path }).schema();
  expect(describeDiff(diff(ownSchema(made), ownSchema(again)))).toEqual([]);
});

test("what only files say of an extension's own is left as the extension brings it, and named", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "1_a.sql": `create extension fuzzystrmatch;
      create function mine() returns int language sql as 'select 1';
      grant execute on function soundex(text), mine() to pg_monitor;`,
  });
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, platform: "postgres" });
  const statements = schemaSql(await executor.schema("1"));
  expect(statements[0]).toBe("-- cannot be told: privileges function public.soundex(text)");
  await db.sql(statements.join(";\n"));
  const may = "has_function_privilege('public', oid, 'execute')";
  expect(await db.sql(`select ${may} as may from pg_proc where proname = 'soundex'`)).toEqual([{ may: true }]);
});
