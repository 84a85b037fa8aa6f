// Owns what is told of a database on which a run did not end well, and what is done about it.
import { freshDatabase, tempFolder, type Database, type Folder } from "@clew/kit";
import type { Plan, RecoveryReport } from "@clew/core";
import { expect, test } from "vitest";
import { clew, startClew, until } from "./clew.ts";

const at = (db: Database, folder: Folder) => ({ cwd: folder.path, env: { DATABASE_URL: db.url } });

test("a migration of which a part has run: it is resumed, or taken back, or skipped", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "clew.config.json": JSON.stringify({ onPartial: "resume" }),
    "migrations/1_a.sql": "create table a (id int);",
    "migrations/2_b.sql": "alter table a add column b int;\ncreate index concurrently a_b on a (b);\nselect 1 / 0;",
  });
  const here = at(db, folder);
  expect(await clew(["execute"], here)).toMatchObject({ status: 1 });
  const { status, stdout } = await clew(["recover"], here);
  expect(status).toBe(1);
  expect(stdout).toContain("partly-applied 2_b: migrations/2_b.sql is applied in part: 2 of 3 parts have run");
  expect(stdout).toContain("migrations/2_b.sql:2:1 (CREATE INDEX CONCURRENTLY, outside a transaction): has run");
  expect(stdout).toContain("migrations/2_b.sql:3:1 (SELECT, one transaction): has not run");
  expect(stdout).toContain("clew recover 2 --do rollback");

  const wrong = await clew(["recover", "--do", "mark-applied"], here);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining("there is resume, rollback, skip") });

  expect(await clew(["recover", "--do", "rollback"], here)).toMatchObject({ status: 4 });
  expect(await clew(["recover", "--do", "rollback", "--yes"], here)).toMatchObject({ status: 0 });
  expect(await db.sql("select from pg_class where relname = 'a_b'")).toEqual([]);

  expect(await clew(["execute"], here)).toMatchObject({ status: 1 });
  await folder.write({
    "migrations/2_b.sql": "alter table a add column b int;\ncreate index concurrently a_b on a (b);\nselect 1;",
  });
  expect(await clew(["recover", "2", "--do", "resume"], here)).toMatchObject({ status: 0 });
  const sound = await clew(["recover"], here);
  expect(sound).toMatchObject({ status: 0, stdout: expect.stringContaining("Sound: ") });
});

test("an embedded database too is looked at, mended, and looked at again", async () => {
  await using folder = await tempFolder({ "migrations/1_a.sql": "select 1 / 0;" });
  const here = { cwd: folder.path };
  expect(await clew(["execute", "--embedded"], here)).toMatchObject({ status: 1 });
  expect(await clew(["recover", "--embedded"], here)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("failed 1_a: "),
  });
  expect(await clew(["recover", "--embedded", "--do", "skip", "--yes"], here)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Sound: "),
  });
  const marked = await clew(["repair", "1", "--status", "reverted", "--yes", "--embedded"], here);
  expect(marked).toMatchObject({ status: 0, stdout: expect.stringContaining("Marked 1 as reverted") });
});

test("what a migration destroyed before it failed is put back from the backup that was made for it", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "clew.config.json": JSON.stringify({ onPartial: "resume", backup: "scoped", archive: false, rollbacks: false }),
    "migrations/1_a.sql": "create table a (id int primary key, b text);\ninsert into a values (1, 'x'), (2, 'y');",
    "migrations/2_b.sql":
      "delete from a where id = 1;\nupdate a set b = 'z';\ncreate index concurrently a_b on a (b);\nselect 1 / 0;",
  });
  const here = at(db, folder);
  expect(await clew(["execute", "1"], here)).toMatchObject({ status: 0 });
  expect(await clew(["recover", "--do", "restore", "--yes"], here)).toMatchObject({ status: 0 });
  expect(await clew(["execute"], here)).toMatchObject({ status: 1 });
  await db.sql("insert into a values (3, 'new')");
  const { stdout } = await clew(["recover"], here);
  expect(stdout).toMatch(
    /clew recover 2 --do restore {2}put back the rows and values of public\.a .* from backup \S+ \(/,
  );
  const told = JSON.parse((await clew(["recover", "--json"], here)).stdout) as RecoveryReport;
  expect(told.situations[0]!.actions.map((action) => action.do)).toEqual(["resume", "restore", "skip"]);

  expect(await clew(["recover", "--do", "restore"], here)).toMatchObject({ status: 4 });
  expect(await db.sql("select * from a order by id")).toEqual([
    { id: 2, b: "z" },
    { id: 3, b: "new" },
  ]);
  const restored = await clew(["recover", "--do", "restore", "--yes"], here);
  expect(restored).toMatchObject({ status: 1, stdout: expect.stringContaining("partly-applied 2_b") });
  expect(restored.stderr).toContain("Restored from ");
  expect(await db.sql("select * from a order by id")).toEqual([
    { id: 1, b: "x" },
    { id: 2, b: "y" },
    { id: 3, b: "new" },
  ]);
});

test("a statement of which the catalog cannot tell whether it took effect: somebody says so, and the run goes on", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "migrations/1_a.sql": "create table a (id int);",
    "migrations/2_b.sql": "create table b (id int);\ndiscard all;",
  });
  const here = at(db, folder);
  expect(await clew(["execute", "1"], here)).toMatchObject({ status: 0 });
  const plan = JSON.parse((await clew(["plan", "--json"], here)).stdout) as Plan;
  expect(plan.steps[0]!.segments.map(({ kind }) => kind)).toEqual(["transaction", "alone"]);
  const [first, second] = plan.steps[0]!.segments;
  await db.sql("create table b (id int)");
  await db.sql(`insert into clew.segment (version, direction, ordinal, fingerprint, state, run) values
    ('2', 'up', 0, '${first!.fingerprint}', 'done', gen_random_uuid()),
    ('2', 'up', 1, '${second!.fingerprint}', 'intended', gen_random_uuid())`);

  const stuck = await clew(["execute"], here);
  expect(stuck).toMatchObject({ status: 6, stderr: expect.stringContaining("clew recover 2 --do mark-applied") });
  const told = await clew(["recover", "--json"], here);
  expect(told.status).toBe(6);
  const report = JSON.parse(told.stdout) as RecoveryReport;
  expect(report).toMatchObject({ outcome: "in-doubt", situations: [{ state: "in-doubt", version: "2" }] });
  expect(report.situations[0]!.actions.map((action) => action.do)).toEqual([
    "mark-applied",
    "mark-not-applied",
    "skip",
  ]);
  expect(report.situations[0]!.words.join("\n")).toContain(
    "migrations/2_b.sql:2:1 (DISCARD ALL, outside a transaction): was begun",
  );

  expect((await clew(["recover", "--do", "mark-applied", "--yes"], here)).status).toBe(1);
  expect(await clew(["recover", "--do", "resume"], here)).toMatchObject({ status: 0 });
  expect((await clew(["status"], here)).stdout).toContain("2 applied, 0 pending.");
});

test("an index that is not valid is said by validate, and rebuilt", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/1_a.sql": "create table a (id int);" });
  const here = at(db, folder);
  await clew(["execute"], here);
  await db.sql("insert into a values (1), (1)");
  await db.sql("create unique index concurrently a_id on a (id)").catch(() => undefined);
  const invalid = await clew(["validate"], here);
  expect(invalid).toMatchObject({ status: 3, stdout: expect.stringContaining("the index a_id of a is not valid") });
  expect(invalid.stdout).toContain("clew recover --do rebuild-indexes");
  const early = await clew(["recover", "--do", "rebuild-indexes", "--yes"], here);
  expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining("could not create unique index") });
  await db.sql("truncate a");
  await db.sql("drop index if exists a_id_ccnew");
  expect(await clew(["recover", "--do", "rebuild-indexes", "--yes"], here)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Sound: "),
  });
  // The index is in no file.
  const drifted = await clew(["validate"], here);
  expect(drifted).toMatchObject({ status: 3, stdout: expect.stringContaining("not what the applied files make") });
  await db.sql("drop index a_id");
  expect(await clew(["validate"], here)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Looked at: files, history, checksums, names, indexes, schema."),
  });
});

test("a migration that failed left nothing, and can be skipped; a run that was killed is told", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/1_a.sql": "select 1 / 0;" });
  const here = at(db, folder);
  await clew(["execute"], here);
  const { stdout } = await clew(["recover"], here);
  expect(stdout).toMatch(
    /failed 1_a: migrations\/1_a\.sql failed on .*, and nothing of it is there: 22012 .*division by zero/,
  );
  expect(await clew(["recover", "--do", "skip", "--yes"], here)).toMatchObject({ status: 0 });
  expect((await clew(["status"], here)).stdout).toContain("1 applied, 0 pending.");

  await folder.write({ "migrations/2_b.sql": "select pg_sleep(60);" });
  const run = startClew(["execute"], here);
  await until(
    async () =>
      (await db.sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
        .length > 0,
  );
  expect(await clew(["recover"], here)).toMatchObject({
    status: 5,
    stdout: expect.stringContaining("A run is at work"),
  });
  run.kill("SIGKILL");
  await run.ended;
  await db.sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
  );
  await db.sql("update clew.lease set expires_at = now() - interval '1 minute'");
  expect((await clew(["recover"], here)).stdout).toMatch(/The run \S+ by .* never said how it ended\./);
});
