// Owns the comparison of files with history and journal: what is applied, pending, changed, missing, out of order. Pure.
import type { MigrationFile } from "../files/read.ts";
import { compareVersions, type HistoryRow, type State } from "../store/state.ts";

/** Files and history, side by side. */
export interface Comparison {
  readonly applied: readonly { readonly file: MigrationFile; readonly row: HistoryRow }[];
  /** Files that the history does not have, in order; those of which a part has run included. */
  readonly pending: readonly MigrationFile[];
  /** Versions of pending files of which a part has run. */
  readonly partly: ReadonlySet<string>;
  /** Applied, and a part of its rollback has run. */
  readonly partlyBack: readonly HistoryRow[];
  /** Applied by Clew with another checksum than the file has now. */
  readonly changed: readonly MigrationFile[];
  /** Applied by another tool: only the statements that the history keeps can tell whether the file changed. */
  readonly foreign: readonly MigrationFile[];
  /** In the history, but without a file. */
  readonly missing: readonly HistoryRow[];
  /** Pending, and older than the newest applied version. */
  readonly outOfOrder: readonly MigrationFile[];
  /** The newest applied version; null where nothing is applied. */
  readonly head: string | null;
}

export function compare(
  files: readonly MigrationFile[],
  state: Pick<State, "history" | "migrations" | "segments">,
): Comparison {
  const rows = new Map(state.history.map((row) => [row.version, row]));
  const journal = new Map(state.migrations.map((row) => [row.version, row]));
  const versions = new Set(files.map((file) => file.version));
  const begun = new Set(state.segments.map((segment) => segment.version));
  const head = state.history.reduce<string | null>(
    (newest, { version }) => (newest === null || compareVersions(version, newest) > 0 ? version : newest),
    null,
  );
  const pending = files.filter((file) => !rows.has(file.version));
  const applied = files.flatMap((file) => {
    const row = rows.get(file.version);
    return row ? [{ file, row }] : [];
  });
  const recorded = applied.map(({ file }) => ({ file, checksum: journal.get(file.version)?.checksum }));
  return {
    applied,
    pending,
    partly: new Set(pending.filter((file) => begun.has(file.version)).map((file) => file.version)),
    partlyBack: state.history.filter(({ version }) =>
      state.segments.some((segment) => segment.version === version && segment.direction === "down"),
    ),
    changed: recorded
      .filter(({ file, checksum }) => checksum !== undefined && checksum !== file.checksum)
      .map(({ file }) => file),
    foreign: recorded.filter(({ checksum }) => checksum === undefined).map(({ file }) => file),
    missing: state.history.filter((row) => !versions.has(row.version)),
    outOfOrder: head === null ? [] : pending.filter((file) => compareVersions(file.version, head) < 0),
    head,
  };
}
