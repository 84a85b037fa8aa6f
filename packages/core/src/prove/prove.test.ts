// Tests of proofs on real servers: what is proved, disproved, cannot be proved, and that no scratch database stays.
import { freshDatabase, tempFolder, type Database, type Files } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { MigrationExecutor, type ExecutorOptions } from "../executor.ts";

async function given(files: Files, options: Partial<ExecutorOptions> = {}) {
  const db = await freshDatabase();
  const folder = await tempFolder(files);
  const executor = (more: Partial<ExecutorOptions> = {}) =>
    new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, who: "tester", ...options, ...more });
  return {
    db,
    folder,
    executor,
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("pending migrations", () => {
  test("are proved one after the other, from the schema of the target", async () => {
    await using it = await given({
      "0002_authors.sql":
        "create table authors (id int primary key, name text not null); alter table books add author int references authors;",
      "0003_index.sql": "create index concurrently books_title on books (title);",
      "0004_status.sql": "alter table books add status text not null default 'new' check (status in ('new', 'read'));",
    });
    await it.db.sql(
      "create table books (id bigint generated always as identity primary key, title text not null unique)",
    );
    const report = await it.executor().prove();
    expect(report).toMatchObject({ kind: "proof", outcome: "proved", scratch: { place: "server" } });
    expect(report.steps).toMatchObject([
      {
        version: "0002",
        proof: "proved",
        class: "exact",
        rollback: "synthesised",
        rows: { tables: 1, rows: 3, refused: [] },
      },
      { version: "0003", proof: "proved" },
      { version: "0004", proof: "proved" },
    ]);
    expect(await scratches(it.db)).toEqual([]);
    expect(await it.db.sql("select to_regclass('authors') as made, to_regnamespace('clew') as books")).toEqual([
      { made: null, books: null },
    ]);
  });
});

const scratches = (db: Database) => db.sql("select datname from pg_database where datname like 'clew_scratch%'");
