// The packages as they are published: packed, installed by npm in a project of its own, and used there.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { freshDatabase, run, tempFolder } from "@clew/kit";
import type { Ended, Files, Folder } from "@clew/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Packed {
  readonly name: string;
  readonly version: string;
  /** The tarball. */
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const root = dirname(dirname(import.meta.dirname));
const names = ["backup", "claude-flow-hooks", "cli", "core", "sql-analyzer"].map((name) => `@clew/${name}`);
const engine = new URL("./consumer/engine.ts", import.meta.url);
const reader = new URL("./consumer/reader.ts", import.meta.url);
let tarballs: Folder | undefined;
let packed: ReadonlyMap<string, Packed>;

beforeAll(async () => {
  await command(root, ["./dev", "exec", "turbo", "run", "build", "--output-logs=errors-only"]);
  tarballs = await tempFolder();
  const pack = ["-r", "--filter", "./packages/*", "pack", "--json", "--pack-destination", tarballs.path];
  const { stdout } = await command(root, ["./dev", ...pack]);
  packed = new Map((JSON.parse(stdout) as Packed[]).map((one) => [one.name, one]));
});
afterAll(() => tarballs?.remove());

test("every package is packed", () => {
  expect([...packed.keys()].toSorted()).toEqual(names);
  const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000)} KB`.padStart(8);
  console.log(names.map((name) => `${kilobytes(packed.get(name)!.size)}  ${name}`).join("\n"));
});

describe.each(names)("%s", (name) => {
  test("holds what a user needs, and nothing of ours", () => {
    const paths = packed.get(name)!.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]),
    );
    const allowed =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/.+\.(js|d\.ts)(\.map)?|(baseline|schema|template)\/.+)$/;
    expect(paths.filter((path) => !allowed.test(path) || /\.test\b/.test(path))).toEqual([]);
  });

  test("its README names every function and value that it exports", async () => {
    const folder = join(root, "packages", name.replace("@clew/", ""));
    const readme = await readFile(join(folder, "README.md"), "utf8");
    const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      exports: Readonly<Record<string, { readonly default?: string }>>;
    };
    const entries = Object.values(exports).flatMap((entry) => entry.default ?? []);
    const modules = await Promise.all(entries.map((entry) => import(join(folder, entry)) as Promise<object>));
    const exported = [...new Set(modules.flatMap((module) => Object.keys(module)))];
    expect(exported.length).toBeGreaterThan(0);
    expect(exported.filter((one) => !new RegExp(`\\b${one}\\b`).test(readme))).toEqual([]);
  });

  test("its manifest names versions, not the workspace", async () => {
    await using folder = await tempFolder();
    await command(folder.path, ["tar", "xzf", packed.get(name)!.filename]);
    const text = await readFile(join(folder.path, "package", "package.json"), "utf8");
    expect(text).not.toMatch(/"(workspace|catalog|link|file):/);
    const { exports } = JSON.parse(text) as { exports: Readonly<Record<string, unknown>> };
    expect(JSON.stringify(exports)).not.toContain("src/");
  });
});

describe("an app with @clew/core and pg", () => {
  let project: Folder | undefined;
  beforeAll(async () => {
    const ours = ["@clew/core", "@clew/sql-analyzer", "@clew/backup", "@clew/claude-flow-hooks"];
    project = await install(ours, ["pg", "@types/pg", "@types/node"], {
      "migrations/01_people.sql": "create table people (id int primary key, name text);",
      "migrations/02_ann.sql": "insert into people values (1, 'Änn; the first');",
    });
    await copyFile(engine, join(project.path, "engine.ts"));
    await copyFile(reader, join(project.path, "reader.ts"));
  });
  afterAll(() => project?.remove());

  test("applies migrations", async () => {
    await using db = await freshDatabase();
    const { stdout } = await command(project!.path, [process.execPath, "engine.ts"], { TARGET: db.url });
    expect(JSON.parse(stdout)).toMatchObject({
      planned: 2,
      report: { outcome: "applied", steps: [{ status: "applied" }, { status: "applied" }] },
      status: { outcome: "up-to-date" },
      back: { outcome: "rolled-back", steps: [{ version: "02", class: "needs-data", rows: { restored: 1 } }] },
      refused: true,
      seen: expect.arrayContaining(["run.started", "step.finished", "run.finished"]),
    });
    expect(await db.sql("select * from people")).toEqual([]);
  });

  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("type-checks, declarations included (module %s, resolution %s)", async (module, resolution) => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
    const flags = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "false",
      "--target",
      "es2024",
      "--lib",
      "es2024,esnext.disposable",
    ];
    const how = ["--types", "node", "--module", module!, "--moduleResolution", resolution!];
    await command(project!.path, [process.execPath, tsc, ...flags, ...how, "engine.ts", "reader.ts"]);
  });
});

test("a project with @clew/cli runs migrations in an embedded Postgres", async () => {
  const ours = ["@clew/cli", "@clew/backup", "@clew/claude-flow-hooks", "@clew/core", "@clew/sql-analyzer"];
  await using project = await install(ours, [], {
    "migrations/01_people.sql": "create table people (id int primary key);",
  });
  const execute = ["npx", "--no-install", "clew", "execute", "--embedded", "--json"] as const;
  const first = await command(project.path, execute);
  expect(JSON.parse(first.stdout)).toMatchObject({ outcome: "applied", steps: [{ version: "01", status: "applied" }] });
  const second = await command(project.path, execute);
  expect(JSON.parse(second.stdout)).toMatchObject({ outcome: "nothing-to-do" });
});

test("a tool with @clew/sql-analyzer alone reads a file", async () => {
  await using project = await install(["@clew/sql-analyzer"], []);
  await copyFile(reader, join(project.path, "reader.ts"));
  const { stdout } = await command(project.path, [process.execPath, "reader.ts"]);
  expect(JSON.parse(stdout)).toEqual({
    kinds: ["CREATE TABLE", "CREATE INDEX CONCURRENTLY"],
    segments: ["transaction", "alone"],
  });
});

test("the examples in the README of @clew/sql-analyzer print what they show", async () => {
  await using project = await install(["@clew/sql-analyzer"], []);
  const readme = await readFile(join(project.path, "node_modules/@clew/sql-analyzer/README.md"), "utf8");
  for (const [, path, sql] of readme.matchAll(/^```sql\n(?=-- (\S+)\n)(.*?)^```/gms)) {
    await mkdir(dirname(join(project.path, path!)), { recursive: true });
    await writeFile(join(project.path, path!), sql!);
  }
  const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code!);
  expect(examples.length).toBeGreaterThan(2);
  for (const [index, code] of examples.entries()) {
    await writeFile(join(project.path, `example-${index}.mjs`), code);
    const { stdout } = await command(project.path, [process.execPath, `example-${index}.mjs`]);
    const shown = code.split("\n").filter((line) => line.startsWith("// "));
    expect(stdout.trimEnd(), code).toBe(shown.map((line) => line.slice("// ".length)).join("\n"));
  }
});

/** A project of its own, with packages of ours from their tarballs and others in the versions that this repository has. */
async function install(ours: readonly string[], others: readonly string[], files: Files = {}): Promise<Folder> {
  const manifest = { name: "user", version: "1.0.0", private: true, type: "module" };
  const folder = await tempFolder({ "package.json": JSON.stringify(manifest), ...files });
  const resolver = createRequire(import.meta.url);
  const versioned = others.map(
    (name) => `${name}@${(resolver(`${name}/package.json`) as { version: string }).version}`,
  );
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const wanted = [...ours.map((name) => packed.get(name)!.filename), ...versioned];
  await command(folder.path, ["npm", "install", ...quiet, ...wanted]);
  return folder;
}

/** Where this machine finds its registry. */
const registry = /^(npm_config_(registry|cafile|userconfig)|NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy)$/i;

/** Runs a program with the Node of this run first in its path. @throws Error with what it printed where it failed */
async function command(cwd: string, [program, ...args]: readonly [string, ...string[]], more = {}): Promise<Ended> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => registry.test(entry[0]));
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = { ...Object.fromEntries(kept), PATH: path, ...more };
  const ended = await run(program, args, { cwd, env, timeoutMs: 110_000 });
  if (ended.status === 0) return ended;
  throw new Error(`${program} ${args.join(" ")} ended with ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
}
