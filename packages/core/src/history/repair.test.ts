// Tests of the repair of histories that are out of step, by the kinds that public Supabase projects have.
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder, type Database, type Files } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

type Row = readonly [version: string, name: string | null, statements: readonly string[] | null];

/** The table as Supabase's platform makes it. */
const platformTable = `create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text,
  created_by text, idempotency_key text unique, rollback text[])`;

async function given(files: Files, rows: readonly Row[], table: string = platformTable) {
  const db = await freshDatabase();
  const folder = await tempFolder(files);
  await db.sql(table);
  for (const [version, name, statements] of rows) {
    await db.sql("insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)", [
      version,
      name,
      statements,
    ]);
  }
  const place = { databaseUrl: db.url, dir: folder.path, who: "tester" };
  const executor = new MigrationExecutor({ ...place, onPartial: "resume" });
  return {
    db,
    folder,
    executor,
    desk: executor.history,
    rows: () => rowsOf(db),
    names: async () => (await readdir(folder.path)).sort(),
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const rowsOf = async (db: Database): Promise<unknown[]> =>
  (
    await db.sql<{ version: string; name: string }>(
      'select version, name from supabase_migrations.schema_migrations order by version collate "C"',
    )
  ).map(({ version, name }) => [version, name]);

const notes = "create table notes (id int primary key);\n-- a comment\nalter table notes add column body text;\n";
const notesKept = ["create table notes (id int primary key)", "-- a comment\nalter table notes add column body text"];
const tags = "create table tags (id int primary key);\n";

/** After a repair nothing is out of step, nothing more is proposed, and nothing that was applied is pending. */
async function inStep(it: Awaited<ReturnType<typeof given>>, pending: readonly string[] = []): Promise<void> {
  const status = await it.executor.getStatus();
  expect(status.findings.filter(({ code }) => code !== "OUT_OF_ORDER" && code !== "FILE_SKIPPED")).toEqual([]);
  expect(status.counts).toMatchObject({ missing: 0, changed: 0 });
  expect(status.steps.filter((step) => step.status === "pending").map(({ version }) => version)).toEqual(pending);
  expect(await it.desk.planRepair()).toMatchObject({ outcome: "in-step", mends: [], left: [] });
}

describe("what a repair mends", () => {
  test("another tool recorded another time for the same file: the row takes the file's version", async () => {
    await using it = await given({ "20260105101500_create_notes.sql": notes, "20260106000000_tags.sql": tags }, [
      ["20260105101533", "create_notes", [notes]],
    ]);
    const shown = await it.desk.planRepair();
    expect(shown).toMatchObject({ outcome: "proposed", mends: [{ kind: "rekey-row", by: "name and text" }] });
    expect(await it.rows()).toEqual([["20260105101533", "create_notes"]]);
    expect(await it.desk.repair({ expected: shown.id })).toMatchObject({ outcome: "mended" });
    expect(await it.rows()).toEqual([["20260105101500", "create_notes"]]);
    await inStep(it, ["20260106000000"]);
    expect(await it.db.sql("select version, direction, outcome, message from clew.attempt")).toMatchObject([
      { version: "20260105101500", direction: "repair", outcome: "rekey-row" },
    ]);
  });

  test("the same, the history being right: the file is renamed, and the rollback beside it", async () => {
    await using it = await given(
      { "20260105101500_create_notes.sql": notes, "20260105101500_create_notes.down.sql": "drop table notes;" },
      [["20260105101533", "create_notes", notesKept]],
    );
    await it.desk.repair({ keep: "history" });
    expect(await it.names()).toEqual(["20260105101533_create_notes.down.sql", "20260105101533_create_notes.sql"]);
    await inStep(it);
  });

  test("other name and other time, statements cut otherwise, other comments and spaces: found by what they say", async () => {
    await using it = await given({ "20260105_b.sql": `begin;\n${notes}commit;\n`, "20260106_c.sql": tags }, [
      [
        "20260101120000",
        "remote_schema",
        ["CREATE   TABLE notes(id int primary key); ALTER TABLE notes ADD body text"],
      ],
    ]);
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "rekey-row", by: "text" }] });
    await inStep(it, ["20260106"]);
  });

  test("files were renumbered to make room: rows move up together, and what the journal keeps goes with them", async () => {
    await using it = await given({ "0001_notes.sql": notes, "0002_tags.sql": tags }, []);
    await it.executor.executeAll();
    const kept = await it.db.sql("select statements from clew.rollback order by version");
    await writeFile(join(it.folder.path, "0003_tags.sql"), tags);
    await writeFile(join(it.folder.path, "0002_notes.sql"), notes);
    for (const name of ["0001_notes.sql", "0002_tags.sql"]) await rm(join(it.folder.path, name));
    await writeFile(join(it.folder.path, "0001_base.sql"), "create table base ();");
    await it.db.sql("update supabase_migrations.schema_migrations set created_by = 'me' || version");
    const { mends } = await it.desk.repair();
    expect(mends.map(({ kind }) => kind)).toEqual(["rekey-row", "rekey-row"]);
    expect(await it.rows()).toEqual([
      ["0002", "notes"],
      ["0003", "tags"],
    ]);
    expect(await it.db.sql("select version, created_by from supabase_migrations.schema_migrations order by 1")).toEqual(
      [
        { version: "0002", created_by: "me0001" },
        { version: "0003", created_by: "me0002" },
      ],
    );
    for (const table of ["clew.migration", "clew.rollback"])
      expect(await it.db.sql(`select version from ${table} order by 1`)).toEqual([
        { version: "0002" },
        { version: "0003" },
      ]);
    expect(await it.db.sql("select statements from clew.rollback order by version")).toEqual(kept);
    await inStep(it, ["0001"]);
    expect(await it.executor.rollback(2)).toMatchObject({ outcome: "rolled-back" });
    expect(await it.db.sql("select from pg_class where relname in ('notes', 'tags')")).toEqual([]);
  });

  test("the rows that an archive keeps go with a re-keyed migration", async () => {
    await using it = await given({ "0001_notes.sql": notes }, []);
    await it.executor.executeAll();
    await it.db.sql("insert into notes values (1, 'kept')");
    await writeFile(join(it.folder.path, "0002_drop.sql"), "drop table notes;");
    await it.executor.executeAll();
    await rename(join(it.folder.path, "0002_drop.sql"), join(it.folder.path, "20260101000000_drop.sql"));
    await it.desk.repair();
    await inStep(it);
    expect(await it.db.sql("select version from clew_archive.archive where version like '2026%'")).toHaveLength(1);
    expect(await it.executor.rollback()).toMatchObject({ outcome: "rolled-back" });
    expect(await it.db.sql("select * from notes")).toEqual([{ id: 1, body: "kept" }]);
  });

  test("applied from elsewhere and never committed: the file is written from the history", async () => {
    await using it = await given({ "20260106000000_tags.sql": tags }, [
      ["20260105101533", "create_notes", notesKept],
      ["20260106000000", "tags", [tags]],
    ]);
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "write-file", replaces: false }] });
    expect(await readFile(join(it.folder.path, "20260105101533_create_notes.sql"), "utf8")).toBe(
      `${notesKept[0]};\n\n${notesKept[1]};\n`,
    );
    await inStep(it);
    await using other = await freshDatabase();
    const report = await new MigrationExecutor({ databaseUrl: other.url, dir: it.folder.path }).executeAll();
    expect(report.outcome).toBe("applied");
  });

  test("a name that leads out of the folder is written into it", async () => {
    await using it = await given({ "20260106000000_tags.sql": tags }, [
      ["20260105101533", "../../etc/create\nnotes", notesKept],
      ["20260106000000", "tags", [tags]],
    ]);
    await it.desk.repair();
    expect(await it.names()).toContain("20260105101533_.._.._etc_create_notes.sql");
  });

  test("the file was edited after it was applied: what it says now counts as applied", async () => {
    await using it = await given({ "0001_notes.sql": `${notes}comment on table notes is 'x';` }, [
      ["0001", "notes", notesKept],
    ]);
    expect((await it.executor.getStatus()).counts.changed).toBe(1);
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "accept-file" }] });
    expect(await it.db.sql("select statements[3] as last from supabase_migrations.schema_migrations")).toEqual([
      { last: "comment on table notes is 'x'" },
    ]);
    await inStep(it);
  });

  test("the same, the history being right: the file says again what was applied", async () => {
    await using it = await given({ "0001_notes.sql": "create table notes ();" }, [["0001", "notes", notesKept]]);
    expect(await it.desk.repair({ keep: "history" })).toMatchObject({
      mends: [{ kind: "write-file", replaces: true }],
    });
    expect(await readFile(join(it.folder.path, "0001_notes.sql"), "utf8")).toContain("add column body");
    await inStep(it);
  });

  test("two files have one version, one of them is applied: the other gets the next one", async () => {
    await using it = await given(
      { "20260105_notes.sql": notes, "20260105_tags.sql": tags, "20260106_x.sql": "select 1;" },
      [["20260105", "tags", [tags]]],
    );
    await expect(it.executor.getStatus()).rejects.toThrow("more than one file");
    expect(await it.desk.repair()).toMatchObject({
      mends: [{ kind: "rename-file", by: "free", to: { version: "202601051" } }],
    });
    await inStep(it, ["202601051", "20260106"]);
  });

  test("two files have one version, and both are applied: the second is found by what it says", async () => {
    await using it = await given({ "20260105_notes.sql": notes, "20260105_tags.sql": tags }, [
      ["20260105", "notes", notesKept],
      ["20260107090000", "tags", [tags]],
    ]);
    const { mends } = await it.desk.repair();
    expect(mends).toMatchObject([{ kind: "rename-file", to: { version: "20260107090000" } }]);
    await inStep(it);
  });

  test("other digits: 1 and 0001, dates and times", async () => {
    await using it = await given(
      { "0001_init.sql": notes, "0002_tags.sql": tags, "20240301000000_more.sql": "create table more ();" },
      [
        ["1", null, null],
        ["2", "tags", [tags]],
        ["20240301", "more", ["create table more ()"]],
      ],
    );
    const { mends } = await it.desk.repair();
    expect(mends.map((mend) => "by" in mend && mend.by)).toEqual(["number", "name and text", "name and text"]);
    await inStep(it);
  });

  test("old rows without statements are found by their name", async () => {
    await using it = await given({ "20240301000000_more.sql": "create table more ();", "20240401000000_b.sql": tags }, [
      ["20240302000000", "more", null],
    ]);
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "rekey-row", by: "name" }] });
    await inStep(it, ["20240401000000"]);
  });

  test("registered twice, under the time of another tool too: one row goes", async () => {
    await using it = await given({ "20260105101500_notes.sql": notes }, [
      ["20260105101500", "notes", notesKept],
      ["20260105101533", "notes", [notes]],
    ]);
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "drop-row", squashed: false }] });
    expect(await it.rows()).toEqual([["20260105101500", "notes"]]);
    await inStep(it);
  });

  test("many files were squashed into the newest: the older rows go, the new text counts as applied", async () => {
    await using it = await given({ "20260106_tags.sql": notes + tags }, [
      ["20260104", "notes", [notes]],
      ["20260106", "tags", [tags]],
    ]);
    const { mends } = await it.desk.repair();
    expect(mends.map(({ kind }) => kind).sort()).toEqual(["accept-file", "drop-row"]);
    expect(await it.rows()).toEqual([["20260106", "tags"]]);
    await inStep(it);
  });

  test("a clone lost the key, and holds a version twice: one row goes", async () => {
    const table = platformTable.replace(" primary key", "");
    const rows: Row[] = [1, 2].map(() => ["20260106", "tags", [tags]]);
    await using it = await given({ "20260106_tags.sql": tags }, rows, table);
    await it.desk.repair();
    expect(await it.rows()).toEqual([["20260106", "tags"]]);
    await inStep(it);
  });

  test("a table of the first days of Supabase's command line has versions alone", async () => {
    await using it = await given(
      { "0001_init.sql": notes },
      [],
      "create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key); insert into supabase_migrations.schema_migrations values ('1')",
    );
    expect(await it.desk.repair()).toMatchObject({ mends: [{ kind: "rekey-row", by: "number" }] });
    await inStep(it);
  });

  test("versions that changed places", async () => {
    await using it = await given({ "1_notes.sql": notes, "2_tags.sql": tags }, [
      ["2", "notes", notesKept],
      ["1", "tags", [tags]],
    ]);
    await it.desk.repair();
    expect(await it.rows()).toEqual([
      ["1", "notes"],
      ["2", "tags"],
    ]);
    await inStep(it);
    await it.db.sql("update supabase_migrations.schema_migrations set version = 'x' where version = '1'");
    await it.db.sql("update supabase_migrations.schema_migrations set version = '1' where version = '2'");
    await it.db.sql("update supabase_migrations.schema_migrations set version = '2' where version = 'x'");
    await it.desk.repair({ keep: "history" });
    expect(await it.names()).toEqual(["1_tags.sql", "2_notes.sql"]);
    await inStep(it);
  });
});

describe("what a repair leaves alone", () => {
  test("a history in step, and a database without one", async () => {
    await using it = await given({ "1_notes.sql": notes }, [["1", "notes", notesKept]]);
    expect(await it.desk.repair()).toMatchObject({ outcome: "in-step" });
    expect(await it.db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);
    await using empty = await freshDatabase();
    const desk = new MigrationExecutor({ databaseUrl: empty.url, dir: it.folder.path }).history;
    expect(await desk.repair()).toMatchObject({ outcome: "in-step" });
  });

  test.each([
    ["of which nothing is known", [["20260105", "x", null]], /has no file, and the history does not say/],
    ["whose version no file can have", [["v1", "x", ["select 1"]]], /is no version that a file can have/],
    ["the same in two files under other names", [["5", "x", [tags]]], undefined],
  ] as const)("a row %s", async (_, rows, message) => {
    await using it = await given({ "1_a.sql": tags, "2_b.sql": tags }, rows);
    const report = await it.desk.repair();
    if (message === undefined) expect(report.mends).toMatchObject([{ kind: "write-file" }]);
    else expect(report).toMatchObject({ outcome: "left", left: [{ message: expect.stringMatching(message) }] });
  });

  test("a migration that has run in part", async () => {
    await using it = await given(
      { "1_a.sql": "create table a (id int);\ncommit;\nbegin;\nselect 1 / 0;\ncommit;", "2_b.sql": tags },
      [["5", "b", [tags]]],
    );
    await it.db.sql("delete from supabase_migrations.schema_migrations");
    await writeFile(join(it.folder.path, "1_a.sql"), "begin;create table a (id int);commit;begin;select 1 / 0;commit;");
    expect(await it.executor.executeAll()).toMatchObject({ outcome: "failed" });
    await it.db.sql(
      "insert into supabase_migrations.schema_migrations values ('5', array['create table tags (id int primary key)'], 'b')",
    );
    const report = await it.desk.repair();
    expect(report).toMatchObject({ outcome: "left", left: [{ version: "1" }], mends: [{ kind: "rekey-row" }] });
    expect(await it.rows()).toEqual([["2", "b"]]);
  });

  test("a history that has moved since it was shown, or while it is written; a run at work", async () => {
    await using it = await given({ "2_notes.sql": notes }, [["1", "notes", notesKept]]);
    const shown = await it.desk.planRepair();
    await it.db.sql("insert into supabase_migrations.schema_migrations values ('0', null, 'x')");
    const error: unknown = await it.desk.repair({ expected: shown.id }).catch((e: unknown) => e);
    expect(isClewError(error, "ANOTHER_RUN")).toBe(true);
    await it.db.sql("delete from supabase_migrations.schema_migrations where version = '0'");

    // Somebody re-keys the row in a transaction that is still open when the repair has looked.
    const rival = await it.db.client();
    await rival.query("begin; update supabase_migrations.schema_migrations set version = '7'");
    const repairing = it.desk.repair().then(
      () => "mended",
      (e: unknown) => (isClewError(e) ? e.code : String(e)),
    );
    for (;;) {
      const waiting = await it.db.sql("select from pg_locks where not granted");
      if (waiting.length > 0) break;
    }
    await rival.query("commit");
    expect(await repairing).toBe("ANOTHER_RUN");
    expect(await it.rows()).toEqual([["7", "notes"]]);

    await it.db.sql(
      "insert into clew.lease values ('run', gen_random_uuid(), 'somebody', 1, now() + interval '1 minute')",
    );
    await expect(it.desk.repair()).rejects.toThrow("a run is at work");
    expect(await it.rows()).toEqual([["7", "notes"]]);
  });

  test("two repairs at once: the rows are re-keyed once", async () => {
    await using it = await given({ "2_notes.sql": notes, "3_tags.sql": tags }, [
      ["0", "notes", notesKept],
      ["1", "tags", [tags]],
    ]);
    const ends = await Promise.allSettled([it.desk.repair(), it.desk.repair(), it.desk.repair()]);
    expect(ends.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    for (const end of ends) if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "ANOTHER_RUN" });
    await inStep(it);
    expect(await it.rows()).toHaveLength(2);
  });
});

describe("marking by hand", () => {
  test("as applied, and as reverted; the second time there is nothing to do", async () => {
    await using it = await given({ "1_notes.sql": notes, "2_tags.sql": tags }, []);
    expect(await it.desk.mark("1", "applied", { dryRun: true })).toMatchObject({ outcome: "proposed" });
    expect(await it.rows()).toEqual([]);
    expect(await it.desk.mark("1", "applied")).toMatchObject({ outcome: "marked" });
    expect(await it.desk.mark("1", "applied")).toMatchObject({ outcome: "in-step" });
    await inStep(it, ["2"]);
    expect(await it.db.sql("select from pg_class where relname = 'notes'")).toEqual([]);
    expect(await it.desk.mark("1", "reverted")).toMatchObject({ outcome: "marked" });
    expect(await it.rows()).toEqual([]);
    expect(await it.db.sql("select from clew.migration")).toEqual([]);
    expect(await it.executor.executeAll()).toMatchObject({ outcome: "applied" });
    await expect(it.desk.mark("9", "applied")).rejects.toThrow("has no file");
  });

  test("what has run in part counts as applied whole", async () => {
    await using it = await given({ "1_a.sql": "begin;create table a (id int);commit;begin;select 1 / 0;commit;" }, []);
    expect(await it.executor.executeAll()).toMatchObject({ outcome: "failed" });
    await it.desk.mark("1", "applied");
    expect(await it.db.sql("select from clew.segment")).toEqual([]);
    expect((await it.executor.getStatus()).counts).toMatchObject({ applied: 1, pending: 0 });
  });
});
