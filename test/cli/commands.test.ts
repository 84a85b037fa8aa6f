// Owns what each command does and prints, on a real database.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { clew, migrations } from "./clew.ts";

test("a project is made, migrated, looked at and rolled back", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };

  const planned = await clew(["plan", "0002"], at);
  expect(planned).toMatchObject({ status: 0, stderr: "" });
  expect(planned.stdout).toContain("2 migrations would be applied; nothing was changed.");
  expect(planned.stdout).toMatch(/0002 {2}note {4}1 statement {2}1 transaction {2}ALTER TABLE/);

  const dry = await clew(["execute", "--dry-run"], at);
  expect(dry.stdout).toContain("3 migrations would be applied; nothing was changed.");
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);

  const upTo = await clew(["run", "0002"], at);
  expect(upTo.status).toBe(0);
  expect(upTo.stdout).toMatch(new RegExp(`^Applied 2 migrations to ${db.name} in [\\d.]+ m?s\\.\\n$`));
  expect(upTo.stderr).toMatch(/✔ 0001_people \(1 of 2\) · .*\n✔ 0002_note \(2 of 2\)/);

  const status = await clew(["status"], at);
  expect(status.stdout).toMatch(
    /0002 {5}note {4}applied {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}\S+, clew \S+ {2}hand-written/,
  );
  expect(status.stdout).toMatch(/0003 {5}index {3}pending/);
  expect(status.stdout).toContain("2 applied, 1 pending. Next: `clew execute`.");

  expect((await clew(["execute"], at)).stdout).toContain("Applied 1 migration");
  const again = await clew(["execute"], at);
  expect(again).toMatchObject({
    status: 0,
    stdout: `Nothing to do: no migration is pending on ${db.name}.\n`,
    stderr: "",
  });

  const dryDown = await clew(["rollback", "2", "--dry-run"], at);
  expect(dryDown.stdout).toContain("2 migrations would be rolled back; nothing was changed.");
  const down = await clew(["rollback", "2", "--yes"], at);
  expect(down).toMatchObject({ status: 0 });
  expect(down.stdout).toMatch(/^Rolled back 2 migrations .*\nNext: `clew execute` applies them again\.\n$/);
  expect(await db.sql("select version from supabase_migrations.schema_migrations")).toEqual([{ version: "0001" }]);
});

test("versions arrive as they were typed: leading zeros and twenty digits", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "m/0002_a.sql": "create table a ();",
    "m/20260101000000123456_b.sql": "create table b ();",
    "m/20260101000000123457_c.sql": "create table c ();",
  });
  const flags = ["--db", db.url, "--dir", join(folder.path, "m"), "--json"];
  const applied = async (args: readonly string[]): Promise<unknown> => {
    const { stdout } = await clew(["execute", ...args, ...flags]);
    return (JSON.parse(stdout) as { steps: { version: string }[] }).steps.map(({ version }) => version);
  };
  expect(await applied(["0002"])).toEqual(["0002"]);
  // A switch with a dash in its name takes no word with it.
  expect(await applied(["--out-of-order", "20260101000000123456"])).toEqual(["20260101000000123456"]);
  expect(await applied(["--force", "0002", "--dry-run"])).toEqual(["0002"]);
  expect(await db.sql("select version from supabase_migrations.schema_migrations order by 1")).toEqual([
    { version: "0002" },
    { version: "20260101000000123456" },
  ]);
});

describe("new", () => {
  test("writes a file with a version newer than all, and never over another", async () => {
    await using folder = await tempFolder({ "supabase/migrations/29991231235959_last.sql": "select 1;" });
    const made = await clew(["new", "add_notes"], { cwd: folder.path });
    expect(made).toMatchObject({ status: 0, stdout: "supabase/migrations/29991231235960_add_notes.sql\n", stderr: "" });
    expect(await readdir(join(folder.path, "supabase/migrations"))).toEqual([
      "29991231235959_last.sql",
      "29991231235960_add_notes.sql",
    ]);
    const next = await clew(["new", "add_notes"], { cwd: folder.path });
    expect(next.stdout).toContain("29991231235961_add_notes.sql");
  });

  test("makes the folder, and stamps in UTC", async () => {
    await using folder = await tempFolder();
    const before = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
    const made = await clew(["new", "first"], { cwd: folder.path, env: { TZ: "Asia/Tokyo" } });
    const version = /^migrations\/(\d{14})_first\.sql\n$/.exec(made.stdout)?.[1] ?? "";
    expect(version >= before && version < String(BigInt(before) + 1_000_000n)).toBe(true);
  });

  test.each(["../evil", "add notes", "a/b", "é"])("refuses the name %j", async (name) => {
    await using folder = await tempFolder();
    const refused = await clew(["new", name], { cwd: folder.path });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("a migration's name is made of letters, digits, _ and -");
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("offers a name that would do", async () => {
    expect((await clew(["new", "Add notes!"])).stderr).toContain("did you mean add_notes?");
  });
});

describe("init", () => {
  test("makes what is missing, says so, and keeps it the second time", async () => {
    await using folder = await tempFolder({ ".gitignore": "node_modules" });
    const at = { cwd: folder.path };
    const first = await clew(["init"], at);
    expect(first.stdout).toMatch(/made {2}clew\.config\.ts\nmade {2}migrations\/\nmade {2}\.clew\/ in \.gitignore\n/);
    expect(await readFile(join(folder.path, ".gitignore"), "utf8")).toBe("node_modules\n.clew/\n");
    const config = await readFile(join(folder.path, "clew.config.ts"), "utf8");
    const second = await clew(["init"], at);
    expect(second.stdout).not.toContain("made");
    expect(await readFile(join(folder.path, "clew.config.ts"), "utf8")).toBe(config);
    // What it wrote can be loaded, without @clew/cli being installed there and without a word from Node.
    expect(await clew(["new", "first"], at)).toMatchObject({ status: 0, stderr: "" });
  });

  test("keeps to Supabase's folder", async () => {
    await using folder = await tempFolder({ "supabase/config.toml": "" });
    expect((await clew(["init"], { cwd: folder.path })).stdout).toContain("made  supabase/migrations/\n");
  });
});

describe("validate", () => {
  test("reads files without a database, and says that it did only that", async () => {
    await using folder = await tempFolder(migrations);
    const { status, stdout } = await clew(["validate"], { cwd: folder.path });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: [
        "Not looked at: history, checksums, indexes, schema (no database was given).",
        "Nothing wrong was found, but not all could be looked at. 3 files read. Looked at: files, names.\n",
      ].join("\n"),
    });
  });

  test("shows each mistake at its place, and exits with 3", async () => {
    await using folder = await tempFolder({
      ...migrations,
      "migrations/0004_wrong.sql": "select 1;\ncreate tabel x ();",
      "migrations/0005_copy.sql": "copy people from stdin;\n1\tann\n\\.\n",
    });
    const { status, stdout } = await clew(["validate"], { cwd: folder.path });
    expect(status).toBe(3);
    expect(stdout).toContain("error: migrations/0004_wrong.sql:2:8: ");
    expect(stdout).toContain("> 2 | create tabel x ();\n    |        ^");
    expect(stdout).toContain("error: migrations/0005_copy.sql:1:1: ");
    expect(stdout).toContain("Not valid: ");
  });
});

test("a long file tells its statements, without being asked", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "select 1;\nselect 2;\nselect 3;" });
  const { stderr } = await clew(["execute", "--db", db.url, "--dir", folder.path, "--log-level", "debug"]);
  expect(stderr).toMatch(/debug: 1_a \(1 of 1\) · statement 2 of 3 · \d+ ms/);
});
