// Owns the rollbacks that are written as files, for somebody to read, change and commit.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Plan, PlanStep } from "@clew/core";
import type { Context } from "./context.ts";
import { count } from "./table.ts";

interface Written {
  readonly version: string;
  readonly path: string;
}

/** Writes the rollback of each step that has none by hand; what is there is never written over. */
export async function writeRollbacks({ output, cwd }: Context, dir: string, { steps }: Plan): Promise<number> {
  const written: Written[] = [];
  for (const step of steps) {
    if (step.sql === undefined) continue;
    const path = pathOf(dir, step);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, textOf(step), { flag: "wx" });
    written.push({ version: step.version, path: relative(cwd, path) });
  }
  output.result({ kind: "written", files: written }, () =>
    [
      ...written.map(({ path }) => path),
      `${count(written.length, "rollback")} written. Read ${written.length === 1 ? "it" : "them"}: from now on ${written.length === 1 ? "it runs" : "they run"} instead of what was kept.`,
    ].join("\n"),
  );
  return 0;
}

/** Beside the migration; below Supabase's folder, whose command line would take a file beside it for a migration, in `down`. */
function pathOf(dir: string, { version, name }: PlanStep): string {
  const file = `${version}_${name}.down.sql`;
  return basename(dirname(dir)) === "supabase" ? join(dir, "down", file) : join(dir, file);
}

function textOf({ version, name, sql = [], class: verdict, reason }: PlanStep): string {
  const head = `-- Takes ${version}_${name} back. Class: ${verdict ?? "unknown"}${reason === undefined ? "" : ` (${reason.replaceAll("\n", " ")})`}.`;
  return `${[head, ...sql.map((statement) => `${statement};`)].join("\n")}\n`;
}
