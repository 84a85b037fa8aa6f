// Owns the reading of other tools' folders: which files are migrations, in which order, and what of each goes up and down.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { readText } from "../files/read.ts";
import {
  changesets,
  dbmateParts,
  drizzleParts,
  gooseParts,
  nodePgMigrateParts,
  noTransaction,
  sqitchPlan,
  type Parts,
} from "./parts.ts";
import type { ToolName } from "./tools.ts";
import { compareDotted } from "./versions.ts";

/** A migration of another tool. */
export interface TheirFile {
  /** How the tool's table may name it. */
  readonly keys: readonly string[];
  /** The tool's version: digits, or digits with dots. */
  readonly version?: string;
  readonly name: string;
  readonly path: string;
  /** What the tool may keep of its text. */
  readonly checksums?: readonly string[];
  /** Absent: it is no SQL. */
  readonly parts?: Parts;
}

export interface Layout {
  /** Where its files usually are. */
  readonly folders: readonly string[];
  /** Its migrations, in its order. */
  readonly list: (folder: string) => Promise<readonly TheirFile[]>;
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}

/** Files whose names match: the first group is the version, the second the name. */
async function matching(
  folder: string,
  pattern: RegExp,
): Promise<readonly Record<"file" | "path" | "version" | "name", string>[]> {
  return (await names(folder)).flatMap((file) => {
    const [found, version = "", name = ""] = pattern.exec(file) ?? [];
    return found === undefined ? [] : [{ file, path: join(folder, file), version, name }];
  });
}

/** Files whose names match. Those that are no SQL have no parts. */
const flat =
  (pattern: RegExp, parts: (text: string) => Parts, keys: (file: string, version: string) => readonly string[]) =>
  async (folder: string): Promise<readonly TheirFile[]> => {
    const found: TheirFile[] = [];
    for (const { file, path, version, name } of await matching(folder, pattern)) {
      const sql = file.endsWith(".sql") ? { parts: parts(await readText(path)) } : {};
      const digits = /^\d+$/.test(version) ? { version } : {};
      found.push({ keys: keys(file, version), ...digits, name, path, ...sql });
    }
    return found;
  };

const whole = (text: string): Parts => ({ up: text });
const stem = (file: string): string => file.replace(/\.[^.]+$/, "");
const number = (version: string): string => version.replace(/^0+(?=\d)/, "");
const byNumber = (files: readonly TheirFile[]): readonly TheirFile[] =>
  files.toSorted((a, b) => compareDotted(a.version ?? "0", b.version ?? "0"));

/** Folders named after migrations, with `migration.sql` in each. */
async function folders(folder: string): Promise<readonly TheirFile[]> {
  const found: TheirFile[] = [];
  for (const name of await names(folder)) {
    const path = join(folder, name, "migration.sql");
    const match = /^(\d+)_(.*)$/.exec(name);
    if (match === null || !existsSync(path)) continue;
    const back = join(folder, name, "down.sql");
    const down = existsSync(back) ? { down: await readText(back) } : {};
    found.push({
      keys: [name],
      version: match[1]!,
      name: match[2]!,
      path,
      parts: { ...drizzleParts(await readText(path)), ...down },
    });
  }
  return found;
}

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** Up to version 0.x a journal lists the files; since then each has a folder. */
async function drizzle(folder: string): Promise<readonly TheirFile[]> {
  const journal = join(folder, "meta", "_journal.json");
  if (!existsSync(journal)) return folders(folder);
  const { entries } = JSON.parse(await readText(journal)) as Journal;
  return Promise.all(
    entries.map(async ({ tag, when }): Promise<TheirFile> => {
      const path = join(folder, `${tag}.sql`);
      const text = await readText(path);
      const [, version, name = tag] = /^(\d+)_(.*)$/.exec(tag) ?? [];
      const hash = createHash("sha256").update(text).digest("hex");
      return {
        keys: [String(when), hash, tag],
        ...(version ? { version } : {}),
        name,
        path,
        parts: drizzleParts(text),
      };
    }),
  );
}

async function flyway(folder: string): Promise<readonly TheirFile[]> {
  const all = (await readdir(folder, { recursive: true })).sort();
  const undo = new Map(
    all.flatMap((path) => {
      const match = /^U([\d._]+?)__.*\.sql$/.exec(basename(path));
      return match === null ? [] : [[dotted(match[1]!), join(folder, path)] as const];
    }),
  );
  const found: TheirFile[] = [];
  for (const relative of all) {
    const match = /^V([\d._]+?)__(.*)\.(sql|java)$/.exec(basename(relative));
    if (match === null) continue;
    const path = join(folder, relative);
    const version = dotted(match[1]!);
    const back = undo.get(version);
    const settings = existsSync(`${path}.conf`) ? await readText(`${path}.conf`) : "";
    const alone = /^\s*executeInTransaction\s*=\s*false/m.test(settings) ? noTransaction : "";
    const parts =
      match[3] === "sql"
        ? { up: alone + (await readText(path)), ...(back ? { down: await readText(back) } : {}) }
        : undefined;
    found.push({ keys: [version], version, name: match[2]!, path, ...(parts ? { parts } : {}) });
  }
  return byNumber(found);
}

/** `1_1`, `01.1` and `1.1` are one version of Flyway's. */
export function dotted(version: string): string {
  return version.split(/[._]/).map(number).join(".");
}

/** Files whose names match as in `flat`, with `.down.sql` beside them. */
const pairs =
  (pattern: RegExp) =>
  async (folder: string): Promise<readonly TheirFile[]> => {
    const found: TheirFile[] = [];
    for (const { file, path, version, name } of await matching(folder, pattern)) {
      const back = join(folder, file.replace(/(?:\.up)?\.sql$/, ".down.sql"));
      const down = existsSync(back) ? { down: await readText(back) } : {};
      found.push({
        keys: [number(version)],
        version,
        name,
        path,
        parts: { up: await readText(path), ...down },
      });
    }
    return byNumber(found);
  };

/** Folders with `up.sql`; of what is before the first `_` hyphens are no part of the version. */
async function diesel(folder: string): Promise<readonly TheirFile[]> {
  const found: TheirFile[] = [];
  for (const folderName of await names(folder)) {
    const [path, back, settings] = ["up.sql", "down.sql", "metadata.toml"].map((file) =>
      join(folder, folderName, file),
    ) as [string, string, string];
    if (!existsSync(path)) continue;
    const [, start = "", name = ""] = /^([^_]*)_?(.*)$/.exec(folderName)!;
    const version = start.replaceAll("-", "");
    const outside = existsSync(settings) && /^\s*run_in_transaction\s*=\s*false\b/m.test(await readText(settings));
    const alone = outside ? noTransaction : "";
    const down = existsSync(back) ? { down: alone + (await readText(back)) } : {};
    const digits = /^\d+$/.test(version) ? { version } : {};
    found.push({ keys: [version], ...digits, name, path, parts: { up: alone + (await readText(path)), ...down } });
  }
  return found.toSorted((a, b) => (a.keys[0]! < b.keys[0]! ? -1 : 1));
}

async function liquibase(folder: string): Promise<readonly TheirFile[]> {
  const found: TheirFile[] = [];
  for (const relative of (await readdir(folder, { recursive: true })).sort()) {
    if (!relative.endsWith(".sql")) continue;
    const path = join(folder, relative);
    for (const { id, author, ...parts } of changesets(await readText(path)) ?? []) {
      const name = `${stem(basename(relative))}_${id}`.replaceAll(/[^\w-]+/g, "_");
      found.push({ keys: [`${basename(relative)}::${id}::${author}`], name, path, parts });
    }
  }
  return found;
}

async function sqitch(folder: string): Promise<readonly TheirFile[]> {
  const plan = sqitchPlan(await readText(join(folder, "sqitch.plan")));
  return Promise.all(
    plan.map(async ({ change, planned }): Promise<TheirFile> => {
      const path = join(folder, "deploy", `${change}.sql`);
      const back = join(folder, "revert", `${change}.sql`);
      const down = existsSync(back) ? { down: await readText(back) } : {};
      return { keys: [change], version: planned, name: change, path, parts: { up: await readText(path), ...down } };
    }),
  );
}

/** With the checksums that are taken for that of each text: line ends are often others, and white space may be left out. */
async function sqlx(folder: string): Promise<readonly TheirFile[]> {
  const files = await pairs(/^(\d+)_(.*?)(?<!\.down)(?:\.up)?\.sql$/)(folder);
  return files.map((file) => {
    const unix = file.parts!.up.replaceAll("\r\n", "\n");
    const texts = [file.parts!.up, unix, unix.replaceAll("\n", "\r\n"), unix.replaceAll(/\s/g, "")];
    return { ...file, checksums: texts.map((text) => createHash("sha384").update(text).digest("hex")) };
  });
}

async function graphileMigrate(folder: string): Promise<readonly TheirFile[]> {
  const committed = join(folder, "committed");
  const list = flat(/^(\d+)(?:-(.*))?\.sql$/, whole, (file, version) => [`${version}.sql`, file]);
  return list(existsSync(committed) ? committed : folder);
}

export const layouts: Readonly<Record<ToolName, Layout>> = {
  atlas: {
    folders: ["migrations", "db/migrations"],
    list: flat(/^([^_.]+)(?:_(.*))?\.sql$/, whole, (_, version) => [version]),
  },
  dbmate: {
    folders: ["db/migrations"],
    list: flat(/^(\d+)[_-]?(.*)\.sql$/, dbmateParts, (_, version) => [version]),
  },
  diesel: { folders: ["migrations"], list: diesel },
  drizzle: { folders: ["drizzle", "drizzle/migrations", "src/db/migrations", "migrations"], list: drizzle },
  flyway: { folders: ["sql", "db/migration", "src/main/resources/db/migration", "migrations"], list: flyway },
  "golang-migrate": { folders: ["migrations", "db/migrations"], list: pairs(/^(\d+)_(.*)\.up\.sql$/) },
  goose: {
    folders: ["migrations", "db/migrations"],
    list: async (folder) =>
      byNumber(await flat(/^(\d+)_(.*)\.(?:sql|go)$/, gooseParts, (_, version) => [number(version)])(folder)),
  },
  "graphile-migrate": { folders: ["migrations"], list: graphileMigrate },
  knex: {
    folders: ["migrations", "db/migrations"],
    list: flat(/^(\d+)[_-](.*)\.(?:js|mjs|cjs|ts|mts|cts)$/, whole, (file) => [file, stem(file)]),
  },
  kysely: {
    folders: ["migrations", "src/migrations", "src/db/migrations", "db/migrations"],
    list: flat(/^(\d*)[_-]?(.*?)(?<!\.d)\.(?:js|mjs|cjs|ts|mts|cts)$/, whole, (file) => [stem(file)]),
  },
  liquibase: { folders: ["changelog", "db/changelog", "src/main/resources/db/changelog", "."], list: liquibase },
  "node-pg-migrate": {
    folders: ["migrations"],
    list: flat(/^(\d+)[_-](.*)\.(?:sql|js|mjs|cjs|ts|mts|cts)$/, nodePgMigrateParts, (file) => [stem(file)]),
  },
  prisma: { folders: ["prisma/migrations"], list: folders },
  rails: { folders: ["db/migrate"], list: flat(/^(\d+)_(.*)\.rb$/, whole, (_, version) => [version]) },
  sqitch: { folders: ["."], list: sqitch },
  sqlx: { folders: ["migrations"], list: sqlx },
  umzug: {
    folders: ["migrations"],
    list: flat(/^([\d.-]*)[_-]?(.*?)(?<!\.d)\.(?:js|mjs|cjs|ts|mts|cts|sql)$/, whole, (file) => [file, stem(file)]),
  },
};
