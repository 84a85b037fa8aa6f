// Owns what `clew repair` says and does, on a real database.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "./clew.ts";

const files = {
  "migrations/20260105101500_notes.sql": "create table notes (id int);",
  "migrations/20260106000000_tags.sql": "create table tags (id int);",
};

test("shows, wants a yes, mends, and then there is nothing to do", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
  await clew(["execute"], at);
  await db.sql("update supabase_migrations.schema_migrations set version = '20260105101533' where name = 'notes'");
  await db.sql("delete from clew.migration");

  const shown = await clew(["repair", "--dry-run"], at);
  expect(shown.status).toBe(0);
  expect(shown.stdout).toContain(
    "history: 20260105101533 (notes) becomes 20260105101500 (notes) (the same name and the same statements)",
  );
  expect(shown.stdout).toContain("1 mismatch would be mended; nothing was changed.");
  const alone = await clew(["repair"], at);
  expect(alone).toMatchObject({ status: 4, stdout: "" });
  expect(alone.stderr).toContain("a repair must be confirmed");

  const done = await clew(["repair", "--yes"], at);
  expect(done.status).toBe(0);
  expect(done.stdout).toContain("1 mismatch mended.");
  expect((await clew(["repair"], at)).stdout).toContain("History and files are in step.");
  expect((await clew(["execute"], at)).stdout).toContain("Nothing to do");

  const marked = await clew(["repair", "20260106000000", "--status", "reverted", "--yes"], at);
  expect(marked.stdout).toBe(`Marked 20260106000000 as reverted on ${db.name}; nothing of it was run.\n`);
  expect((await clew(["status"], at)).stdout).toContain("1 applied, 1 pending.");
});

test("a project comes from another tool, and from a database made by hand", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "db/migrations/20260105101500_notes.sql":
      "-- migrate:up\ncreate table notes (id int);\n-- migrate:down\ndrop table notes;\n",
    "db/migrations/20260106000000_tags.sql": "-- migrate:up\ncreate table tags (id int);\n",
  });
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
  await db.sql(
    "create table notes (id int); create table schema_migrations (version varchar primary key); insert into schema_migrations values ('20260105101500')",
  );

  const shown = await clew(["adopt", "--dir", "migrations", "--dry-run"], at);
  expect(shown.status).toBe(0);
  expect(shown.stdout).toContain("dbmate: table public.schema_migrations; files in db/migrations");
  expect(shown.stdout).toContain(
    "1 migration would count as applied, 1 pending; 3 files would be written; nothing was changed.",
  );
  const adopted = await clew(["adopt", "dbmate", "--dir", "migrations", "--yes"], at);
  expect(adopted.stdout).toContain("1 migration taken over from dbmate, 1 pending; 3 files written.");
  expect((await clew(["execute"], at)).stdout).toContain("Applied 1 migration");
  expect((await clew(["rollback", "2", "--yes"], at)).stdout).toContain("Rolled back 2 migrations");

  const lacking = await clew(["baseline", "20260106000000", "--yes"], at);
  expect(lacking.status).toBe(3);
  expect(lacking.stdout).toContain("missing table public.notes: only in the files");
  await db.sql("create table notes (id int); create table tags (id int)");
  const marked = await clew(["baseline", "20260106000000", "--yes"], at);
  expect(marked.stdout).toContain("2 migrations marked as applied; nothing was run.");
  expect((await clew(["status"], at)).stdout).toContain("2 applied, 0 pending.");
  expect((await clew(["adopt", "rake"], at)).stderr).toContain("adopt knows no tool rake");
});

test.each([
  [["repair", "1"], "with a version and --status"],
  [["repair", "--status", "applied"], "with a version and --status"],
  [["repair", "1", "--status", "done"], "--status takes applied or reverted, not done"],
  [["repair", "--keep", "all"], "--keep takes files or history, not all"],
])("%j is refused", async (args, message) => {
  const { status, stderr } = await clew(args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
