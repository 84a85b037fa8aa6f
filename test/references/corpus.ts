// Owns the migrations that the check of names is held to: the house's own, and those that others have published.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Template } from "@clew/kit";
import { filesOf, published } from "../conformance/published.ts";

export interface History {
  readonly name: string;
  readonly template: Template;
  /** What is there before the first file. */
  readonly before: string;
  readonly files: Readonly<Record<string, string>>;
}

const own = join(import.meta.dirname, "../../migrations");
const cases = join(import.meta.dirname, "cases");

/** All histories, each of files that run one after the other. */
export async function histories(): Promise<readonly History[]> {
  const others = published.map(async (it) => ({
    name: it.package,
    template: it.template,
    before: it.before,
    files: (await filesOf(it)) as Record<string, string>,
  }));
  return [
    { name: "migrations/", template: "supabase", before: "", files: await filesIn(own) },
    { name: "cases/", template: "supabase", before: "", files: await filesIn(cases) },
    ...(await Promise.all(others)),
  ];
}

async function filesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql") && !name.endsWith(".down.sql")).sort();
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
  );
  return Object.fromEntries(files);
}
