// Owns `clew new`: an empty migration with a version newer than all.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../arguments.ts";
import type { Context } from "../context.ts";
import { readProject } from "../project.ts";

export async function create(context: Context): Promise<number> {
  const name = context.args[0]!;
  refuseBadName(name);
  const { dir } = await readProject(context);
  await mkdir(dir, { recursive: true });
  const version = newVersion(stamp(new Date()), await versionsIn(dir));
  const path = join(dir, `${version}_${name}.sql`);
  // "wx": what is there is never written over.
  await writeFile(path, "", { flag: "wx" });
  context.output.result({ kind: "new", path, version, name }, () => path);
  return 0;
}

/** `yyyymmddhhmmss` in UTC, as Supabase has it. */
export function stamp(time: Date): string {
  return time.toISOString().replaceAll(/\D/g, "").slice(0, 14);
}

/** The stamp, or where that is not newer than all versions, the next after the newest. Versions compare as text. */
export function newVersion(stamp: string, versions: readonly string[]): string {
  const newest = versions.reduce((a, b) => (a > b ? a : b), "");
  if (stamp > newest) return stamp;
  const next = String(BigInt(newest) + 1n).padStart(newest.length, "0");
  return next > newest ? next : `${newest}1`;
}

async function versionsIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir);
  return names.flatMap((name) => /^(\d+)_.*\.sql$/s.exec(name)?.[1] ?? []);
}

function refuseBadName(name: string): void {
  if (/^[\w-]{1,100}$/.test(name)) return;
  const better = name
    .toLowerCase()
    .replaceAll(/[^\w]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, 100);
  const guess = better ? `; did you mean ${better}?` : "";
  throw new UsageError(
    `a migration's name is made of letters, digits, _ and -, and ${JSON.stringify(name)} is not${guess}`,
  );
}
