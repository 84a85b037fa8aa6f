// Tests of the check of names: offline over the files, before a run against the database.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

const files = {
  "01_a.sql": "create table books (id int primary key, title text);",
  "02_b.sql": "create policy mine on boooks using (auth.uid() is not null);",
  "03_c.sql": "alter table authors add column born date;",
  "04_d.sql": "create table authors (id int);",
};

test("without a database: against what the files before make, from a fresh Supabase project on", async () => {
  await using folder = await tempFolder(files);
  const report = await new MigrationExecutor({ dir: folder.path }).validate();
  expect(report).toMatchObject({
    outcome: "invalid",
    findings: [
      { code: "UNKNOWN_TABLE", severity: "error", version: "02", at: { line: 1, column: 23 } },
      { code: "UNKNOWN_TABLE", severity: "error", version: "03", at: { line: 1, column: 13 } },
    ],
  });
  expect(report.findings[0]?.help).toContain("books");
  expect(report.findings[1]?.help).toContain("04_d.sql");
});

test("a file that is broken hides no mistake in others, and a large one makes what others name", async () => {
  const rows = "insert into books values (1, 'a title of some length');\n".repeat(20_000);
  await using folder = await tempFolder({
    "01_a.sql": `create table books (id int, title text);\n${rows}`,
    "02_b.sql": "alter table books add column born date,;",
    "03_c.sql": "alter table books add column pages int; select born, nothing from books;",
    "04_d.sql": "\\i more.sql",
    "05_e.sql": "drop table authors;",
  });
  const report = await new MigrationExecutor({ dir: folder.path }).validate();
  expect(report.findings.map(({ version, code }) => `${version} ${code}`)).toEqual([
    "02 SYNTAX_ERROR",
    "03 UNKNOWN_COLUMN",
    "04 PSQL_COMMAND",
  ]);
  expect(report.looked).toContainEqual({ what: "names", not: "files cannot be read as SQL" });
});

test("with a database: pending files that are broken hide no mistake in others, unless nobody knows what they make", async () => {
  await using db = await freshDatabase();
  await db.sql("create table books (id int)");
  const pending = { "01_a.sql": "alter table books add column title text,;", "02_b.sql": "select nothing from books;" };
  await using folder = await tempFolder(pending);
  const known = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).validate();
  expect(known.findings.map(({ version, code }) => `${version} ${code}`)).toEqual([
    "01 SYNTAX_ERROR",
    "02 UNKNOWN_COLUMN",
  ]);
  expect(known.looked).toContainEqual({ what: "names" });
  await using other = await tempFolder({ ...pending, "01_a.sql": "\\i more.sql" });
  const unknown = await new MigrationExecutor({ databaseUrl: db.url, dir: other.path }).validate();
  expect(unknown.findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    "PSQL_COMMAND error",
    "NAMES_UNCHECKED info",
  ]);
  const [message] = unknown.findings.flatMap((finding) =>
    finding.code === "NAMES_UNCHECKED" ? [finding.message] : [],
  );
  expect(message).toContain("01_a.sql");
  expect(unknown.looked).toContainEqual({ what: "names", not: message });
});

test("before a run: a warning, and a refusal in a strict run; what the database has is known", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "01_a.sql": "alter table here add column x int; select * from nowhere;" });
  await db.sql("create table here (id int)");
  const strict = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, strict: true });
  const error: unknown = await strict.executeAll().catch((e: unknown) => e);
  expect(isClewError(error, "CHECK_BLOCKED") && error.message).toContain("nowhere");
  const report = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll();
  expect(report).toMatchObject({
    outcome: "failed",
    error: { sqlstate: "42P01" },
    findings: [{ code: "UNKNOWN_TABLE", severity: "warning", version: "01" }],
  });
});
