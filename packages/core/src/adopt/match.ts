// Owns the matching of another tool's rows with its files: what is applied, what is pending, what has no file. Pure.
import type { TheirFile } from "./layouts.ts";
import type { TheirRow } from "./tools.ts";

export interface Matched {
  /** In the order of the files. */
  readonly applied: readonly TheirFile[];
  readonly pending: readonly TheirFile[];
  /** Applied, and without a file. */
  readonly lost: readonly TheirRow[];
  /** Applied with another text than they have now. */
  readonly changed: readonly TheirFile[];
}

export function matchTheirs(
  rows: readonly TheirRow[],
  files: readonly TheirFile[],
  normal: (key: string) => string = (key) => key,
): Matched {
  const applied = new Set<TheirFile>();
  const lost: TheirRow[] = [];
  const changed: TheirFile[] = [];
  for (const row of rows) {
    const key = normal(row.key);
    const at = files.findIndex(({ keys }) => keys.includes(key) || keys.includes(withoutEnding(key)));
    const { checksums } = files[at] ?? {};
    if (row.checksum !== undefined && checksums?.includes(row.checksum) === false) changed.push(files[at]!);
    if (at < 0) lost.push(row);
    else if (row.upto) for (const file of files.slice(0, at + 1)) applied.add(file);
    else applied.add(files[at]!);
  }
  return {
    applied: files.filter((file) => applied.has(file)),
    pending: files.filter((file) => !applied.has(file)),
    lost,
    changed,
  };
}

/** Knex and umzug name the file with its ending, which changes when a project goes from JavaScript to TypeScript. */
function withoutEnding(key: string): string {
  return key.replace(/\.(?:[cm]?[jt]s|sql)$/, "");
}
