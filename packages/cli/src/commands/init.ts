// Owns `clew init`: a project gets what Clew needs; what is there stays.
import { existsSync } from "node:fs";
import { constants, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { findConfig } from "../config/file.ts";
import type { Context } from "../context.ts";
import { readProject } from "../project.ts";

const template = new URL("../../template/clew.config.ts", import.meta.url);

export async function init(context: Context): Promise<number> {
  const { cwd, output } = context;
  const made: string[] = [];
  const kept: string[] = [];
  const present = findConfig(cwd);
  if (present === undefined) await copyFile(template, join(cwd, "clew.config.ts"), constants.COPYFILE_EXCL);
  (present === undefined ? made : kept).push(present === undefined ? "clew.config.ts" : relative(cwd, present));

  const { dir } = await readProject(context);
  (existsSync(dir) ? kept : made).push(`${dir}/`);
  await mkdir(dir, { recursive: true });

  const ignored = await ignore(join(cwd, ".gitignore"), ".clew/");
  (ignored ? made : kept).push(".clew/ in .gitignore");

  output.result({ kind: "init", made, kept }, (paint) =>
    [
      ...made.map((what) => `${paint("green", "made")}  ${what}`),
      ...kept.map((what) => `${paint("dim", "kept")}  ${what}`),
      "Next: `clew new <name>` writes a migration, `clew execute --embedded` tries it.",
    ].join("\n"),
  );
  return 0;
}

/** Adds a line to a .gitignore; false where it is there. */
async function ignore(path: string, line: string): Promise<boolean> {
  const text = existsSync(path) ? await readFile(path, "utf8") : "";
  const bare = line.replace(/\/$/, "");
  const same = [bare, `${bare}/`, `/${bare}`, `/${bare}/`];
  if (text.split(/\r?\n/).some((one) => same.includes(one.trim()))) return false;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  await writeFile(path, `${text}${gap}${line}\n`);
  return true;
}
