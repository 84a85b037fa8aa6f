// Clew and the Supabase CLI share one history: each sees what the other has applied, and goes on from there.
import { join } from "node:path";
import { MigrationExecutor } from "@clew/core";
import { freshDatabase, run, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { filesOf, published } from "./published.ts";

const program = join(import.meta.dirname, "..", "node_modules", ".bin", "supabase");
const runs = await run(program, ["--version"]).then(
  ({ status }) => status === 0,
  () => false,
);

const six: Readonly<Record<string, string>> = {
  "20250101000001_writers.sql": "create table writers (id int primary key, name text not null);",
  "20250101000002_books.sql":
    "-- Bücher 📚\ncreate table books (id int primary key, title text);\nalter table books add writer int references writers;",
  "20250101000003_count.sql":
    "create function book_count() returns bigint language sql begin atomic select count(*) from books; end;",
  "20250101000004_rows.sql":
    "insert into writers values (1, 'Ὅμηρος; --');\ninsert into books values (1, 'Ὀδύσσεια', 1);",
  "20250101000005_index.sql": "create index books_title on books (title);",
  "20250101000006_empty.sql": "-- nothing to do\n",
};

describe.skipIf(!runs)("with the Supabase CLI (the npm package supabase, a native program)", () => {
  test("it lists as applied what Clew applied, and has nothing left to apply", async () => {
    await using it = await project(six);
    expect(await it.clew().executeAll()).toMatchObject({ outcome: "applied" });
    expect(await it.listed()).toEqual(versionsOf(six).map((version) => ({ local: version, remote: version })));
    expect(await it.up()).toContain("up to date");
    expect(await it.clew().getStatus()).toMatchObject({ outcome: "up-to-date", counts: { applied: 6, missing: 0 } });
  });

  test("Clew takes as applied and unchanged what it applied", async () => {
    await using it = await project(six);
    await it.up();
    await expectAllApplied(it.clew(), six);
    expect(await it.clew().executeAll()).toMatchObject({ outcome: "nothing-to-do", findings: [] });
  });

  test("Clew sees that a file was edited after it had applied it", async () => {
    await using it = await project(six);
    await it.up();
    const [name] = Object.keys(six);
    await it.folder.write({ [`supabase/migrations/${name}`]: "create table writers (id bigint primary key);" });
    expect(await it.clew().getStatus()).toMatchObject({ counts: { changed: 1 } });
    // a comment and other spaces are not another migration
    await it.folder.write({
      [`supabase/migrations/${name}`]: `-- who writes\n${six[name!]!.replaceAll(" (", "\n(")}\n`,
    });
    await expectAllApplied(it.clew(), six);
  });

  test("three by Clew, two by it, one by Clew", async () => {
    await using it = await project({});
    const parts = [Object.entries(six).slice(0, 3), Object.entries(six).slice(3, 5), Object.entries(six).slice(5)];
    const add = (part: readonly [string, string][]) =>
      it.folder.write(Object.fromEntries(part.map(([name, text]) => [`supabase/migrations/${name}`, text])));
    await add(parts[0]!);
    expect((await it.clew().executeAll()).steps).toHaveLength(3);
    await add(parts[1]!);
    await it.up();
    await add(parts[2]!);
    expect((await it.clew().executeAll()).steps).toHaveLength(1);

    expect(await it.listed()).toEqual(versionsOf(six).map((version) => ({ local: version, remote: version })));
    await expectAllApplied(it.clew(), six);
    expect(await it.db.sql("select book_count()")).toEqual([{ book_count: "1" }]);
  });

  test.each(published.filter(({ folder }) => folder.endsWith("supabase/migrations")))(
    "$package, applied by it, is applied and unchanged to Clew",
    async (package_) => {
      const files = (await filesOf(package_)) as Readonly<Record<string, string>>;
      await using it = await project(files);
      await it.up();
      await expectAllApplied(it.clew(), files);
    },
  );
});

async function expectAllApplied(clew: MigrationExecutor, files: Readonly<Record<string, string>>): Promise<void> {
  const status = await clew.getStatus();
  expect(status.findings).toEqual([]);
  expect(status.steps.map((step) => `${step.version} ${step.status}`)).toEqual(
    versionsOf(files).map((version) => `${version} applied`),
  );
}

function versionsOf(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(files).map((name) => name.split("_")[0]!);
}

/** A Supabase project's folder, with a database that holds what a fresh project's does. */
async function project(files: Readonly<Record<string, string>>) {
  const db = await freshDatabase({ template: "supabase" });
  const migrations = Object.entries(files).map(([name, text]) => [`supabase/migrations/${name}`, text] as const);
  const folder = await tempFolder({
    "supabase/config.toml": 'project_id = "clew"\n',
    ...Object.fromEntries(migrations),
  });
  const supabase = async (...args: readonly string[]): Promise<string> => {
    const all = [...args, "--db-url", `${db.url}?sslmode=disable`];
    // its own folder for settings, and no reports of use
    const env = { HOME: folder.path, DO_NOT_TRACK: "1", SUPABASE_TELEMETRY_DISABLED: "1" };
    const { status, stdout, stderr } = await run(program, all, { cwd: folder.path, env });
    if (status !== 0) throw new Error(`supabase ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout + stderr;
  };
  return {
    db,
    folder,
    clew: () => new MigrationExecutor({ databaseUrl: db.url, dir: join(folder.path, "supabase", "migrations") }),
    up: () => supabase("migration", "up", "--yes"),
    async listed(): Promise<readonly { local: string; remote: string }[]> {
      const output = await supabase("migration", "list", "--output-format", "json");
      const document = output.split("\n").find((line) => line.startsWith("{"))!;
      const { migrations } = JSON.parse(document) as { migrations: { local: string; remote: string }[] };
      return migrations.map(({ local, remote }) => ({ local, remote }));
    },
    async [Symbol.asyncDispose]() {
      await db.drop();
      await folder.remove();
    },
  };
}
