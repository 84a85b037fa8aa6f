// Pins what is backed up before a run, and that a rollback gives the rows back where the database keeps none.
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "../cli/clew.ts";

const schema = `create table person (id int primary key, name text not null unique, age int, note text);
  create table pet (id serial primary key, owner int not null references person on delete cascade, name text);
  create table visit (id int primary key, pet int references pet on delete set null, day date);
  create table ledger (line text);
  insert into person select n, 'person ' || n, n, repeat('x', 300) from generate_series(1, 500) n;
  insert into pet (owner, name) select n, 'pet ' || n from generate_series(1, 500) n;
  insert into visit select n, n, '2026-01-01' from generate_series(1, 500) n;
  insert into ledger select 'line ' || n % 10 from generate_series(1, 100) n`;

const sums = `select (select md5(string_agg(to_jsonb(p)::text, ',' order by to_jsonb(p)::text)) from person p) as person, (select md5(string_agg(to_jsonb(p)::text, ',' order by to_jsonb(p)::text)) from pet p) as pet,
  (select md5(string_agg(to_jsonb(p)::text, ',' order by to_jsonb(p)::text)) from visit p) as visit, (select md5(string_agg(to_jsonb(p)::text, ',' order by to_jsonb(p)::text)) from ledger p) as ledger`;

/** A project without rows kept in the database, as where they would be too many. */
async function project(db: Database, files: Readonly<Record<string, string>>, more: object = { archive: false }) {
  const migrations = Object.entries(files).map(([name, text]) => [`migrations/${name}`, text] as const);
  const settings = {
    ...more,
    proof: "optional",
    approval: "none",
    allowDestructiveOperations: true,
    db: db.url,
  };
  const config = `export default ${JSON.stringify(settings)};`;
  return tempFolder({ ...Object.fromEntries(migrations), "clew.config.mjs": config });
}

test.for<readonly [name: string, sql: string]>([
  ["DROP TABLE of the referring one", "drop table visit; drop table pet"],
  ["DROP COLUMN", "alter table person drop column note, drop column age"],
  ["DROP COLUMN of the key", "alter table pet drop column id cascade"],
  ["TRUNCATE … CASCADE", "truncate person cascade"],
  ["DELETE with cascades", "delete from person where id between 100 and 300"],
  ["DELETE of some", "delete from ledger where line = 'line 3'"],
  ["UPDATE of some", "update person set note = 'gone' where age > 250"],
  ["UPDATE of all", "update pet set name = upper(name)"],
  ["a type that is narrower", "alter table person alter column note type varchar(5) using left(note, 5)"],
  [
    "several at once",
    "update person set age = 0; delete from pet where owner > 400; alter table person drop column note; truncate ledger",
  ],
  ["code that names its tables", "-- clew: backup ledger\ndo $$ begin execute 'delete from ' || 'ledger'; end $$"],
])("%s: backed up, run, rolled back, every row as it was", async ([, sql]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(sums);
  await using folder = await project(db, { "0001_harm.sql": sql });
  const cwd = folder.path;
  const ran = await clew(["execute", "--backup", "scoped", "--json"], { cwd });
  expect(ran.stderr).toBe("");
  const report = JSON.parse(ran.stdout) as { outcome: string; findings: { code: string }[] };
  expect(report).toMatchObject({ outcome: "applied", findings: [{ code: "BACKED_UP" }] });
  expect(await db.sql(sums).catch(() => "broken")).not.toEqual(before);
  const back = await clew(["rollback", "--yes", "--json"], { cwd });
  expect(JSON.parse(back.stdout)).toMatchObject({ outcome: "rolled-back" });
  expect(back.stdout).toContain("ROWS_GIVEN_BACK");
  expect(await db.sql(sums)).toEqual(before);
});

test.for<readonly [name: string, sql: string]>([
  ["DROP TABLE that others refer to", "drop table person cascade"],
  ["DROP TABLE after its references", "alter table pet drop constraint pet_owner_fkey; drop table person"],
  ["DROP TABLE of all", "drop table visit, pet, person, ledger"],
  ["DROP COLUMN that is NOT NULL and unique", "alter table person drop column name"],
  ["DROP COLUMN that others refer to", "alter table person drop column id cascade"],
  ["DROP COLUMN of a table without a key", "alter table ledger add n int; alter table ledger drop column line"],
])("%s: rows and keys come back in the rollback itself", async ([, sql]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(sums);
  await using folder = await project(db, { "0001_harm.sql": sql });
  const cwd = folder.path;
  expect((await clew(["execute", "--backup", "scoped"], { cwd })).status).toBe(0);
  const back = await clew(["rollback", "--yes", "--json"], { cwd });
  expect(JSON.parse(back.stdout), back.stderr).toMatchObject({ outcome: "rolled-back" });
  expect(back.stdout).toContain("ROWS_GIVEN_BACK");
  expect(await db.sql(sums)).toEqual(before);
  await expect(
    db.sql("delete from pet; delete from person where id = 1; insert into pet (owner) values (1)"),
  ).rejects.toMatchObject({
    code: "23503",
  });
});

test("a backup that a rollback needs stays; where it is gone all the same, the rollback changes nothing", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using folder = await project(db, { "0001_harm.sql": "drop table ledger" });
  const cwd = folder.path;
  expect((await clew(["execute", "--backup", "scoped"], { cwd })).status).toBe(0);
  const status = await clew(["status", "--json"], { cwd });
  expect(JSON.parse(status.stdout)).toMatchObject({ steps: [{ backup: expect.any(String) }] });
  const kept = await clew(["backup", "prune", "--last", "0", "--dry-run", "--json"], { cwd });
  expect(JSON.parse(kept.stdout)).toMatchObject({ verdicts: [{ keep: true, why: expect.stringContaining("0001") }] });
  await rename(join(cwd, ".clew/backups"), join(cwd, "elsewhere"));
  const back = await clew(["rollback", "--yes", "--json"], { cwd });
  expect(JSON.parse(back.stdout)).toMatchObject({ outcome: "failed", error: { code: "NO_BACKUP" } });
  await rename(join(cwd, "elsewhere"), join(cwd, ".clew/backups"));
  expect((await clew(["rollback", "--yes"], { cwd })).status).toBe(0);
  expect(await db.sql("select count(*)::int as rows from ledger")).toEqual([{ rows: 100 }]);
});

test.for<readonly [name: string, sql: string, limit: number]>([
  ["TRUNCATE", "truncate ledger", 1],
  ["DROP TABLE with keys to it", "drop table person cascade", 1],
  ["DROP COLUMN", "alter table person drop column note", 1],
  ["UPDATE that turns out too large", "update person set note = upper(note) where age > 0", 50_000],
])("%s beyond the limit: refused, or kept in a backup where one is wanted", async ([, sql, archiveLimit]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(sums);
  await using folder = await project(db, { "0001_harm.sql": sql }, { archiveLimit });
  const cwd = folder.path;
  const foreseen = archiveLimit === 1;
  const plan = JSON.parse((await clew(["plan", "--json"], { cwd })).stdout) as { findings: object[] };
  const warning = { code: "ARCHIVE_TOO_LARGE", severity: "warning", version: "0001" };
  expect(plan.findings).toEqual(foreseen ? [expect.objectContaining(warning)] : []);
  const refused = await clew(["execute", "--json"], { cwd });
  expect(JSON.parse(refused.stdout)).toMatchObject({ outcome: "failed", error: { code: "ARCHIVE_TOO_LARGE" } });
  expect(await db.sql(sums)).toEqual(before);
  const planned = await clew(["execute", "--dry-run", "--backup", "scoped", "--json"], { cwd });
  if (foreseen) expect(planned.stdout).toContain("They go into a backup");
  const ran = await clew(["execute", "--backup", "scoped", "--json"], { cwd });
  expect(JSON.parse(ran.stdout), ran.stderr).toMatchObject({ outcome: "applied" });
  expect(await db.sql(sums).catch(() => "broken")).not.toEqual(before);
  const back = await clew(["rollback", "--yes", "--json"], { cwd });
  expect(JSON.parse(back.stdout), back.stderr).toMatchObject({ outcome: "rolled-back" });
  expect(back.stdout).toContain("ROWS_GIVEN_BACK");
  expect(await db.sql(sums)).toEqual(before);
});

test("a table without a key: what cannot be told is left, and said", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using folder = await project(db, {
    "0001_harm.sql": "update ledger set line = 'x' where line = 'line 1'; delete from ledger where line = 'line 2'",
  });
  const cwd = folder.path;
  await clew(["execute", "--backup", "scoped"], { cwd });
  const back = await clew(["rollback", "--yes", "--json"], { cwd });
  expect(back.stdout).toContain("10 rows of public.ledger are not in the backup, and are left");
  const lines = await db.sql("select line, count(*)::int as rows from ledger group by 1 order by 1 limit 4");
  expect(lines).toContainEqual({ line: "line 2", rows: 10 });
});

test("what destroys nothing is not backed up; unknown code is said to be unknown", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using folder = await project(db, {
    "0001_more.sql": "create table more (id int); insert into ledger values ('new')",
  });
  const ran = await clew(["execute", "--backup", "scoped", "--json"], { cwd: folder.path });
  expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: "applied", findings: [] });
  expect(await readdir(folder.path)).not.toContain(".clew");
  await using dark = await project(db, {
    "0001_more.sql": "create table more (id int); insert into ledger values ('new')",
    "0002_dark.sql": "do $$ begin execute 'delete from ' || 'led' || 'ger'; end $$",
  });
  const second = await clew(["execute", "--backup", "scoped", "--json"], { cwd: dark.path });
  expect(second.stdout).toContain("BACKUP_UNKNOWN");
});

test("a backup that cannot be made stops the run before it has begun", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using folder = await project(db, { "0001_drop.sql": "drop table ledger" });
  const { status, stdout } = await clew(["execute", "--backup", "scoped", "--at", "/dev/null/backups", "--json"], {
    cwd: folder.path,
  });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "error", error: { code: "BACKUP_FAILED" } });
  expect(await db.sql("select count(*)::int as rows from ledger")).toEqual([{ rows: 100 }]);
});

test("in production it is scoped and decoded, unless somebody says otherwise", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using folder = await project(db, { "0001_drop.sql": "drop table ledger" });
  const cwd = folder.path;
  const ran = await clew(["execute", "--env", "production", "--yes", "--json"], { cwd });
  expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: "applied" });
  const listed = JSON.parse((await clew(["backup", "list", "--json"], { cwd })).stdout) as { backups: object[] };
  expect(listed.backups).toMatchObject([
    { scope: "scoped", migrations: ["0001"], rows: 100, verified: { level: "decode" } },
  ]);
  expect(await readdir(join(cwd, ".clew", "backups"))).toContain(".gitignore");
});
