// Owns migrations that others have published on npm: where their files are, and what their own runners make of them first.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Files, Template } from "@clew/kit";

export interface Published {
  readonly package: string;
  /** The folder of its migrations. */
  readonly folder: string;
  /** How many files it has: a version that ships none must not pass. */
  readonly count: number;
  /** What the database holds before. */
  readonly template: Template;
  /** What its runner does before the first migration. */
  readonly before: string;
  /** The file's name by Supabase's rule. */
  readonly nameOf: (name: string) => string;
  /** The text as its runner sends it. */
  readonly textOf: (text: string) => string;
}

const require = createRequire(import.meta.url);
const asItIs = (text: string): string => text;

export const published: readonly Published[] = [
  {
    package: "graphile-worker",
    folder: join(dirname(require.resolve("graphile-worker")), "../sql"),
    count: 20,
    template: "plain",
    before: `create schema graphile_worker;
      create table graphile_worker.migrations (id int primary key, ts timestamptz default now() not null, breaking boolean not null default false)`,
    nameOf: (name) => name.replace(".sql", "_graphile_worker.sql"),
    textOf: (text) => text.replaceAll(/:GRAPHILE_WORKER_SCHEMA\b/g, "graphile_worker"),
  },
  {
    package: "@supabase/stripe-sync-engine",
    folder: join(dirname(require.resolve("@supabase/stripe-sync-engine")), "migrations"),
    count: 43,
    template: "plain",
    before: "create schema stripe",
    nameOf: asItIs,
    textOf: asItIs,
  },
  {
    package: "@hot-updater/supabase",
    folder: join(dirname(require.resolve("@hot-updater/supabase/package.json")), "supabase/migrations"),
    count: 8,
    template: "supabase",
    before: "",
    nameOf: asItIs,
    textOf: (text) => text.replaceAll("%%BUCKET_NAME%%", "updates"),
  },
  {
    package: "@pgflow/core",
    folder: join(dirname(require.resolve("@pgflow/core/package.json")), "dist/supabase/migrations"),
    count: 12,
    template: "supabase",
    before: "",
    nameOf: asItIs,
    textOf: asItIs,
  },
];

/** The migrations of a package, ready for a folder, in the order of their versions. */
export async function filesOf({ package: name, folder, count, nameOf, textOf }: Published): Promise<Files> {
  const names = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  if (names.length !== count) throw new Error(`${name} has ${names.length} migrations, not ${count}`);
  const read = async (file: string) => [nameOf(file), textOf(await readFile(join(folder, file), "utf8"))] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}
