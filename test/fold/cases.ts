// Owns the cases of our own, and the servers that each is replayed on.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { File } from "./replay.ts";

export interface Case extends File {
  /** The oldest server that knows all of it: `-- from 17` in its first line. */
  readonly from: number;
}

/** The servers on which every case is replayed and introspected. */
export const majors = [15, 17] as const;

const folder = fileURLToPath(new URL("cases/", import.meta.url));

export const cases: readonly Case[] = readdirSync(folder).map((name) => {
  const text = readFileSync(`${folder}${name}`, "utf8");
  return { name, text, from: Number(/^-- from (\d+)/.exec(text)?.[1] ?? 0) };
});
