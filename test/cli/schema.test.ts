// Owns what `clew schema` and `clew diff` show, and the check of names in `clew validate`.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { clew, migrations } from "./clew.ts";

test("the schema that files make, at a version, and what later ones change, without a database", async () => {
  await using folder = await tempFolder(migrations);
  const at = { cwd: folder.path };
  const first = await clew(["schema", "0001"], at);
  expect(first).toMatchObject({ status: 0, stderr: "" });
  expect(first.stdout).toContain("table public.people\n  column id: integer not null\n  column name: text\n");
  expect((await clew(["schema"], at)).stdout).toContain("  column note: text\n");
  expect((await clew(["diff", "0001"], at)).stdout).toBe(
    "column public.people.note: added\nindex public.people_name: added\n",
  );
  expect((await clew(["diff", "0001", "0002"], at)).stdout).toBe("column public.people.note: added\n");
  expect((await clew(["diff", "0003"], at)).stdout).toBe("No difference.\n");
  expect(await clew(["diff"], at)).toMatchObject({ status: 2, stderr: expect.stringContaining("database") as string });
  expect((await clew(["diff", "0001", "--with", "postgres://x"], at)).status).toBe(2);
  expect((await clew(["schema", "0009"], at)).status).toBe(3);
});

test("two databases side by side; what is Clew's own is left out", async () => {
  await using one = await freshDatabase();
  await using other = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const at = { cwd: folder.path, env: { DATABASE_URL: one.url } };
  await clew(["execute", "0001"], at);
  await other.sql("create table people (id bigint primary key, name text)");
  const found = await clew(["diff", "--with", other.url], at);
  expect(found).toMatchObject({ status: 0, stdout: "column public.people.id: type integer → bigint\n", stderr: "" });
  const live = await clew(["schema", "--json"], at);
  expect(Object.keys((JSON.parse(live.stdout) as { facts: object }).facts)).toContain("column public.people.name");
  expect(live.stdout).not.toContain("clew.");
});

test("the database beside its files: 3 where it is not what they make, 0 where it is, and what is pending is left out", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
  await clew(["execute", "0002"], at);
  const same = await clew(["diff"], at);
  expect(same).toMatchObject({ status: 0, stdout: "No difference.\n" });
  expect(same.stderr).toContain("0003");
  await db.sql("alter table people add column age int, drop column note; create policy p on people using (true)");
  expect(await clew(["diff"], at)).toMatchObject({
    status: 3,
    stdout: `column public.people.age: only in the database
column public.people.note: only in the files
policy public.people.p: only in the database
`,
  });
  const { status, stdout } = await clew(["diff", "--json"], at);
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ kind: "diff", pending: ["0003"], differences: [{}, {}, {}] });
});

test("a project on plain Postgres has nothing of Supabase's", async () => {
  await using folder = await tempFolder(migrations);
  const at = { cwd: folder.path };
  const all = async (...flags: readonly string[]): Promise<string> =>
    (await clew(["schema", "0001", "--all", ...flags], at)).stdout;
  expect(await all()).toContain("schema auth");
  expect(await all("--platform", "postgres")).not.toContain("auth");
  expect(await clew(["schema", "--platform", "oracle"], at)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--platform must be "supabase" or "postgres", not oracle') as string,
  });
  await folder.write({ "clew.config.ts": 'export default { platform: "postgres" };' });
  expect(await all()).not.toContain("auth");
});

test("validate names what nothing makes, and the file that makes it later", async () => {
  await using folder = await tempFolder({
    ...migrations,
    "migrations/0000_early.sql": "alter table people add column x int;",
  });
  const { status, stdout } = await clew(["validate"], { cwd: folder.path });
  expect(status).toBe(3);
  expect(stdout).toContain("migrations/0000_early.sql:1:13: There is no table people.");
  expect(stdout).toContain("migrations/0001_people.sql makes it, which runs later.");
});
