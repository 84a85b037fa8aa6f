// Owns what a repair does to the folder: files get other names, or are written. Nothing is ever overwritten unasked.
import { existsSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ClewError } from "../errors.ts";
import type { Label } from "./mend.ts";

/** The path of a migration's file. What a name cannot have in a file's name becomes `_`. */
export function pathIn(dir: string, { version, name }: Label): string {
  // oxlint-disable-next-line no-control-regex -- names come from rows that anybody may have written
  return join(dir, `${version}_${name.replaceAll(/[/\\\u0000-\u001f:*?"<>|]/g, "_")}.sql`);
}

/** A file, and what it is to be called. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** Renames migrations and the rollbacks written for them; in two turns, since they may change names with each other. */
export async function renameFiles(renamings: readonly Renaming[]): Promise<void> {
  const all = renamings.flatMap(({ from, to }) => [{ from, to }, ...rollbacksOf(from, to)]);
  const leaving = new Set(all.map(({ from }) => from));
  const taken = all.find(({ to }) => existsSync(to) && !leaving.has(to));
  if (taken) throw new ClewError("FILE_UNREADABLE", `${taken.to} is there already; no file was renamed`);
  for (const { from } of all) await rename(from, `${from}.repair`);
  for (const { from, to } of all) await rename(`${from}.repair`, to);
}

/** Where a rollback may stand: beside the migration, or in `down`. */
function rollbacksOf(from: string, to: string): readonly Renaming[] {
  const places = (path: string): readonly string[] => {
    const [dir, stem] = [dirname(path), basename(path, ".sql")];
    return [join(dir, `${stem}.down.sql`), join(dir, "down", `${stem}.down.sql`), join(dir, "down", `${stem}.sql`)];
  };
  const targets = places(to);
  return places(from).flatMap((path, at) => (existsSync(path) ? [{ from: path, to: targets[at]! }] : []));
}

/** Writes a file whole or not at all. */
export async function writeMigration(path: string, text: string, replaces: boolean): Promise<void> {
  if (!replaces) return writeFile(path, text, { flag: "wx" });
  const beside = `${path}.repair`;
  await writeFile(beside, text);
  await rename(beside, path);
}

/** Statements as a file, as Supabase's command line writes them. */
export function scriptText(statements: readonly string[]): string {
  return statements
    .map((statement) => statement.trim().replace(/;+$/, ""))
    .filter((statement) => statement !== "")
    .map((statement) => `${statement}${endsInComment(statement) ? "\n" : ""};\n`)
    .join("\n");
}

/** A semicolon behind a comment would be a part of it. */
function endsInComment(statement: string): boolean {
  return statement.slice(statement.lastIndexOf("\n") + 1).includes("--");
}
