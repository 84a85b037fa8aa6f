// Owns the reports that commands leave for others: files as JSON, JUnit and Markdown, and what GitHub Actions shows.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "./clew.ts";

const files = {
  "migrations/0001_a.sql": "create table a (id int primary key);",
  "migrations/0002_b.sql": "create table b (id int);\nselect nmae from a where 1 < 2;",
  "migrations/0003_c.sql": "select 3;",
};

const hasXmllint = ((): boolean => {
  try {
    execFileSync("xmllint", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

test("one run in all formats; the folder is made", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const named = "out/a.json,junit:out/b.txt,out/c.md";
  const ended = await clew(["execute", "--report", named], { cwd: folder.path, env: { DATABASE_URL: db.url } });
  expect(ended.status).toBe(1);
  const read = (name: string): Promise<string> => readFile(join(folder.path, "out", name), "utf8");
  expect(JSON.parse(await read("a.json"))).toMatchObject({
    kind: "execute",
    outcome: "failed",
    steps: [{ status: "applied" }, { status: "failed", error: { sqlstate: "42703" } }, { status: "not-run" }],
  });
  const xml = await read("b.txt");
  expect(xml).toContain('<testsuite name="clew execute" tests="3" failures="1" skipped="1"');
  expect(xml).toMatch(/<testcase classname="migrations\/0001_a\.sql" name="0001_a" time="\d+\.\d{3}"\/>/);
  expect(xml).toMatch(
    /name="0002_b" time="[\d.]+"><failure type="STATEMENT_FAILED" message="[^"]*column &quot;nmae&quot; does not exist/,
  );
  expect(xml).toContain("1 &lt; 2");
  expect(xml).toContain("<skipped/>");
  const text = await read("c.md");
  expect(text).toMatch(/^### ❌ clew execute: failed\n\n3 migrations on `/);
  expect(text).toMatch(/\| `0001_a` \| applied \| [\d.]+ m?s \|/);
  expect(text).toMatch(/#### STATEMENT_FAILED, SQLSTATE 42703\n\n```\n/);
});

test.skipIf(!hasXmllint)("the XML is well-formed, whatever a name or a message has in it (needs xmllint)", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "migrations/0001_a.sql": `do $$ begin raise exception '<&">%', chr(1) || ']]>'; end $$;`,
  });
  await clew(["execute", "--report", "a.xml"], { cwd: folder.path, env: { DATABASE_URL: db.url } });
  expect(() => execFileSync("xmllint", ["--noout", join(folder.path, "a.xml")], { stdio: "pipe" })).not.toThrow();
});

test("in GitHub Actions: annotations at their place, and a summary that is added to", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`app/${name}`, text])),
    summary: "before\n",
  });
  const env = {
    DATABASE_URL: db.url,
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: folder.path,
    GITHUB_STEP_SUMMARY: join(folder.path, "summary"),
  };
  const ended = await clew(["execute", "--json"], { cwd: join(folder.path, "app"), env });
  expect(ended.stderr).toMatch(
    /^::error file=app\/migrations\/0002_b\.sql,line=2,col=8,title=clew%3A STATEMENT_FAILED::.*column "nmae" does not exist%0A/m,
  );
  expect(() => JSON.parse(ended.stdout) as unknown).not.toThrow();
  const summary = await readFile(join(folder.path, "summary"), "utf8");
  expect(summary).toMatch(/^before\n### ❌ clew execute: failed\n/);
  await folder.write({ "app/migrations/0003_c.sql": "selec 3;" });
  const validated = await clew(["validate"], { cwd: join(folder.path, "app"), env });
  await clew(["validate", "--report", "a.md,a.xml"], { cwd: join(folder.path, "app"), env });
  expect(await readFile(join(folder.path, "app/a.md"), "utf8")).toMatch(/^### ❌ clew validate: invalid\n/);
  expect(await readFile(join(folder.path, "app/a.xml"), "utf8")).toContain('<failure type="');
  expect(validated.stderr).toMatch(/^::error file=app\/migrations\/0003_c\.sql,line=1,col=1,title=clew%3A /m);
});

test("an error before anything ran leaves a report; a report that cannot be written changes nothing", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "select 1;", file: "" });
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
  const unreachable = await clew(["execute", "--db", "postgres://127.0.0.1:1/x", "--report", "a.xml"], at);
  expect(unreachable.status).toBe(1);
  expect(await readFile(join(folder.path, "a.xml"), "utf8")).toContain('<failure type="CONNECT_FAILED"');
  const unwritable = await clew(["execute", "--report", "file/a.json"], at);
  expect(unwritable).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("warning: file/a.json could not be written"),
  });
});

test("a name that says no format is refused before anything runs", async () => {
  await using folder = await tempFolder({ "migrations/0001_a.sql": "select 1;" });
  const refused = await clew(["execute", "--report", "a.txt", "--db", "postgres://127.0.0.1:1/x"], {
    cwd: folder.path,
  });
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("or junit:a.txt") });
});
