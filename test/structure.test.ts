// Owns the rules of the house that a program can check; each says how to mend what breaks it, and is tried on what breaks it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

interface Rule {
  readonly name: string;
  /** What to do about a breach. */
  readonly mend: string;
  /** Which files it looks at. */
  readonly looksAt: (path: string) => boolean;
  /** The numbers of the lines that break it, from 1. */
  readonly breaches: (file: File) => readonly number[];
  /** One breach of it each, by path. */
  readonly wrong: Readonly<Record<string, string>>;
  /** What must pass, by path. */
  readonly right: Readonly<Record<string, string>>;
}

interface File {
  readonly path: string;
  readonly lines: readonly string[];
  /** The lines without comments, for rules about code. */
  readonly code: readonly string[];
}

/** Which packages of the house a package may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "sql-analyzer": [],
  core: ["sql-analyzer"],
  backup: ["core"],
  "claude-flow-hooks": ["core"],
  cli: ["backup", "claude-flow-hooks", "core"],
};

const source = /^packages\/[^/]+\/src\/.*\.ts$/;
const isSource = (path: string): boolean => source.test(path) && !isTest(path);
const isTest = (path: string): boolean => /\.test(-d)?\.ts$/.test(path);
const packageOf = (path: string): string => path.split("/")[1]!;
const isText = (path: string): boolean => !/\.(png|jpg|gif|ico|wasm|tgz|gz|zip|woff2?)$/.test(path);
const own = "// Owns one thing.\n";

const rules: readonly Rule[] = [
  {
    name: "packages import one way: cli → backup, claude-flow-hooks, core; core → sql-analyzer",
    mend: "import only what DESIGN's direction allows (the table mayImport), or move the code to where it may be used",
    looksAt: isSource,
    breaches: ({ path, code }) =>
      matching(code, (line) => {
        const name = /@clew\/([\w-]+)/.exec(imported(line) ?? "")?.[1];
        return name !== undefined && !mayImport[packageOf(path)]!.includes(name);
      }),
    wrong: {
      "packages/core/src/a.ts": 'import { main } from "@clew/cli";',
      "packages/sql-analyzer/src/a.ts": 'export type { Plan } from "@clew/core";',
      "packages/backup/src/a.ts": 'const cli = await import("@clew/cli");',
      "packages/cli/src/a.ts": 'import "@clew/sql-analyzer";',
    },
    right: {
      "packages/core/src/a.ts": 'import { split } from "@clew/sql-analyzer"; // not "@clew/cli"',
      "packages/core/src/a.test.ts": 'import { freshDatabase } from "@clew/kit";',
    },
  },
  {
    name: "no import leaves its package by a relative path",
    mend: "import the other package by its name",
    looksAt: isSource,
    breaches: ({ path, code }) => {
      const depth = path.split("/").length - 3; // folders between packages/<name> and the file
      return matching(code, (line) => (imported(line)?.match(/^(\.\.\/)+/)?.[0].length ?? 0) / 3 >= depth);
    },
    wrong: {
      "packages/core/src/a.ts": 'import { main } from "../../cli/src/index.ts";',
      "packages/core/src/drivers/a.ts": 'import x from "../../package.json";',
    },
    right: { "packages/core/src/drivers/a.ts": 'import { plan } from "../plan.ts";' },
  },
  {
    name: "sql-analyzer is pure: it runs in a browser",
    mend: "give it text and take data; what reads files or the clock belongs to core",
    looksAt: (path) => isSource(path) && packageOf(path) === "sql-analyzer",
    breaches: ({ code }) =>
      matching(
        code,
        (line) => imported(line)?.startsWith("node:") || /\b(process|Buffer|__dirname)\b\s*[.[]/.test(line),
      ),
    wrong: {
      "packages/sql-analyzer/src/a.ts": 'import { readFileSync } from "node:fs";',
      "packages/sql-analyzer/src/b.ts": "const size = Buffer.byteLength(text);",
    },
    right: { "packages/sql-analyzer/src/a.ts": 'import { parse } from "libpg-query";' },
  },
  {
    name: "only cli touches the console, the environment, the arguments and the exit status",
    mend: "return data or an event, and let cli print it; core reads the environment in src/environment.ts only",
    looksAt: (path) => isSource(path) && packageOf(path) !== "cli",
    breaches: ({ path, code }) =>
      matching(
        code,
        (line) =>
          /\bconsole\s*\.|\bprocess\s*\.\s*(exit|exitCode|argv|stdin|stdout|stderr)\b|["'](node:)?(process|console)["']/.test(
            line,
          ) ||
          (/\bprocess\s*\.\s*env\b/.test(line) && path !== "packages/core/src/environment.ts"),
      ),
    wrong: {
      "packages/core/src/a.ts": 'console.log("here");',
      "packages/core/src/b.ts": 'const url = process.env["DATABASE_URL"];',
      "packages/core/src/c.ts": 'const glob = "**/*.sql // no comment"; console.log(glob);',
      "packages/core/src/environment.ts": "process.exit(1);",
      "packages/backup/src/a.ts": 'import { exit } from "node:process";',
    },
    right: {
      "packages/core/src/environment.ts": 'const url = process.env["DATABASE_URL"];',
      "packages/cli/src/a.ts": 'console.log("here");',
      "packages/core/src/a.ts":
        "// never process.exit(1)\n/* console.log()\n console.log() */ const pid = process.pid;",
    },
  },
  {
    name: "no default exports",
    mend: "export it by its name",
    looksAt: (path) => source.test(path),
    breaches: ({ code }) => matching(code, (line) => /^\s*export\s+default\b|\bas\s+default\b/.test(line)),
    wrong: {
      "packages/core/src/a.ts": "export default class Plan {}",
      "packages/core/src/b.ts": "export { plan as default };",
    },
    right: { "packages/core/src/a.ts": "export class Plan {}" },
  },
  {
    name: "a file begins with what it owns",
    mend: "make its first line (the second, after #!) a // comment of one sentence",
    looksAt: (path) =>
      /^(packages\/[^/]+\/(src|test)|test|examples)\/.*\.ts$/.test(path) && !path.endsWith(".config.ts"),
    breaches: ({ lines }) => {
      const first = lines[0]!.startsWith("#!") ? 1 : 0;
      return /^\/\/ \S+ \S+/.test(lines[first] ?? "") ? [] : [first + 1];
    },
    wrong: { "packages/core/src/a.ts": "export const one = 1;", "test/a.ts": "#!/usr/bin/env node\nrun();" },
    right: { "packages/cli/src/bin.ts": `#!/usr/bin/env node\n${own}` },
  },
  {
    name: "a file fits in a head: 400 lines at most",
    mend: "there is more than one thing in it: give each a file (tests and generated files are free)",
    looksAt: isSource,
    breaches: ({ lines }) => (lines.length > 401 && !/generated/i.test(lines[0]!) ? [401] : []),
    wrong: { "packages/core/src/a.ts": own + "\n".repeat(401) },
    right: {
      "packages/core/src/a.ts": own + "\n".repeat(399),
      "packages/core/src/b.ts": `// Generated by a script.\n${"\n".repeat(999)}`,
    },
  },
  {
    name: "nothing is left open",
    mend: "finish it, or say in the README that it is not there",
    looksAt: isText,
    breaches: ({ lines }) => matching(lines, (line) => /\b(TO[D]O|FIX[M]E|XX[X])\b/.test(line)),
    wrong: { "packages/core/src/a.ts": `// TO${""}DO: later`, "README.md": `FIX${""}ME` },
    right: { "migrations/1_a.sql": "create table todo (id int);" },
  },
  {
    name: "every test runs",
    mend: "remove .only and .todo; skip with a reason, where the test itself finds that something is missing",
    looksAt: isTest,
    breaches: ({ code }) =>
      matching(code, (line) => /\b(test|it|describe|suite)(\.\w+)*\.(only|todo)\b|\bx(it|describe)\(/.test(line)),
    wrong: { "test/a.test.ts": `test.on${"ly"}("one", () => {});` },
    right: { "test/a.test.ts": 'test.skipIf(!installed)("one", () => {});' },
  },
  {
    name: "no path of somebody's machine",
    mend: "make it relative, or ask the system (tmpdir, import.meta.dirname)",
    looksAt: isText,
    breaches: ({ lines }) => matching(lines, (line) => /(?<![\w.*}-])\/(work|root|home\/\w+|Users\/\w+)\//.test(line)),
    wrong: { "docs/a.md": `cd /${"root"}/project`, "test/a.ts": `const path = "/${"home"}/ann/project";` },
    right: { "docs/a.md": "https://example.org/work/1 and ./work/2 and $HOME/work/3" },
  },
  {
    name: "a link between documents leads somewhere",
    mend: "correct the path, or the heading after #",
    looksAt: (path) => path.endsWith(".md"),
    breaches: ({ path, lines }) =>
      matching(lines, (line) =>
        [...line.matchAll(/\]\(([^)\s:]+)\)/g)].some(([, link]) => {
          const [file, heading] = link!.split("#") as [string, string?];
          const target = file === "" ? path : join(dirname(path), file);
          if (!existsSync(join(root, target))) return true;
          return heading !== undefined && !anchorsOf(readFileSync(join(root, target), "utf8")).includes(heading);
        }),
      ),
    wrong: {
      "packages/core/a.md": "[the command](../cli/READ.md)",
      "packages/core/b.md": "[exit statuses](../cli/README.md#exits)",
    },
    right: {
      "docs/adr/a.md": "[why](0001-record-first.md), [here](../../README.md#the-way-back), [there](https://a.org/b)",
    },
  },
  {
    name: "no host of a package registry",
    mend: "leave it to the machine's configuration: packages are named, not addressed",
    looksAt: isText,
    breaches: ({ lines }) =>
      matching(lines, (line) => /https?:\/\/[\w.-]*(registry|mirror|proxy)[\w-]*[.:][\w.:-]+\//.test(line)),
    wrong: {
      "pnpm-lock.yaml": `tarball: https://${"registry"}.example.org/pg.tgz`,
      ".npmrc": `x=http://npm-${"mirror"}:4873/`,
    },
    right: { "docs/a.md": "https://www.npmjs.com/package/pg and https://docs.example.org/registry/use" },
  },
];

const root = dirname(import.meta.dirname);
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

describe.each(rules)("$name", ({ mend, looksAt, breaches, wrong, right }) => {
  const found = (file: File): string[] =>
    looksAt(file.path) ? breaches(file).map((line) => `${file.path}:${line} ${file.lines[line - 1]!.trim()}`) : [];

  test("holds in the house", () => {
    expect(tracked.some(looksAt), "the rule looks at no file at all").toBe(true);
    expect(
      tracked.filter(looksAt).flatMap((path) => found(read(path))),
      mend,
    ).toEqual([]);
  });

  test("finds what breaks it, and nothing else", () => {
    for (const [path, text] of Object.entries(wrong)) expect(found(parse(path, text)), path).toHaveLength(1);
    for (const [path, text] of Object.entries(right)) expect(found(parse(path, text)), path).toEqual([]);
  });
});

describe.each(Object.keys(mayImport))("package %s", (name) => {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Record<string, unknown>;

  test("depends on what it may import", () => {
    const wanted = new Set(mayImport[name]!.map((other) => `@clew/${other}`));
    const declared = Object.keys((manifest["dependencies"] ?? {}) as object).filter((other) =>
      other.startsWith("@clew/"),
    );
    expect(
      declared.filter((other) => !wanted.has(other)),
      `remove them from ${folder}/package.json`,
    ).toEqual([]);
  });

  test.each(["README.md", "LICENSE"])("has a %s", (file) => {
    expect(existsSync(join(root, folder, file)), `write ${folder}/${file}`).toBe(true);
  });

  test("says what it exports, on which Node it runs, and that importing it does nothing", () => {
    expect(manifest, `complete ${folder}/package.json`).toMatchObject({
      name: `@clew/${name}`,
      license: "MIT",
      type: "module",
      sideEffects: false,
      engines: { node: ">=22.18" },
      exports: { ".": expect.anything(), "./package.json": "./package.json" },
    });
  });
});

test("the table of imports names every package", () => {
  const packages = new Set(tracked.filter((path) => path.startsWith("packages/")).map(packageOf));
  expect([...packages].toSorted(), "add it to mayImport").toEqual(Object.keys(mayImport).toSorted());
});

function read(path: string): File {
  return parse(path, readFileSync(join(root, path), "utf8"));
}

function parse(path: string, text: string): File {
  return { path, lines: text.split("\n"), code: withoutComments(text).split("\n") };
}

/** What GitHub makes of headings. */
function anchorsOf(document: string): readonly string[] {
  return [...document.matchAll(/^#+ +(.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Blanks out comments and keeps the lines; a // or /* in a string begins none. */
function withoutComments(text: string): string {
  const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
  const comments = /(\/\*[\s\S]*?\*\/|\/\/.*)/;
  return text.replace(new RegExp(`${strings.source}|${comments.source}`, "g"), (match, comment?: string) =>
    comment === undefined ? match : comment.replace(/[^\n]/g, " "),
  );
}

/** What the line imports: static, dynamic, for side effects, or exported on. */
function imported(line: string): string | undefined {
  return /\b(?:from|import)\s*\(?\s*["']([^"']+)["']/.exec(line)?.[1];
}

function matching(lines: readonly string[], breaks: (line: string) => boolean | undefined): number[] {
  return lines.flatMap((line, index) => (breaks(line) ? [index + 1] : []));
}
