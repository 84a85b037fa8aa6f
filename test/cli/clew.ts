// Owns the running of the built command in tests, as a user would.
import { fileURLToPath } from "node:url";
import { run, start, type Ended, type RunOptions, type Running } from "@clew/kit";

export const bin: string = fileURLToPath(new URL("../../packages/cli/dist/bin.js", import.meta.url));

/** Runs `clew` to its end. */
export function clew(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [bin, ...args], options);
}

/** Starts `clew`. */
export function startClew(args: readonly string[], options: RunOptions = {}): Running {
  return start(process.execPath, [bin, ...args], options);
}

/** Waits until `look` gives something other than undefined or false. */
export async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Three migrations, the second with a rollback. */
export const migrations: Readonly<Record<string, string>> = {
  "migrations/0001_people.sql": "create table people (id int primary key, name text);",
  "migrations/0002_note.sql": "alter table people add column note text;",
  "migrations/0002_note.down.sql": "alter table people drop column note;",
  "migrations/0003_index.sql": "create index concurrently people_name on people (name);",
  "migrations/0003_index.down.sql": "drop index people_name;",
};
