// Owns the matching of history rows with files: by version, then name and text, then text alone. Pure.
import { compareVersions } from "../store/state.ts";

/** A row of the history, as far as it can be matched. */
export interface RowFacts {
  /** Which row it is, where versions are not unique. */
  readonly place: string;
  readonly version: string;
  readonly name: string | null;
  /** Stands for what the statements say; undefined where the history keeps none. Empty where they say nothing. */
  readonly text: string | undefined;
  /** Of the file that was applied, as the journal has it. */
  readonly checksum?: string;
}

/** A file, as far as it can be matched. */
export interface FileFacts {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
  /** As `RowFacts.text`. */
  readonly text: string;
}

/** How a row was found to be of a file. `version`: the text is another. */
export type Match = "same" | "name and text" | "text" | "version" | "number" | "name";

export interface Pair {
  readonly row: RowFacts;
  readonly file: FileFacts;
  readonly by: Match;
}

/** Rows and files, side by side. */
export interface Matching {
  readonly pairs: readonly Pair[];
  /** Rows that no file was found for. */
  readonly rows: readonly RowFacts[];
  /** Files that no row was found for. */
  readonly files: readonly FileFacts[];
}

/**
 * Finds the file of each row. A text that stands in several places settles nothing unless the names tell them apart, or there
 * are as many rows as files: then they are taken in the order of their versions.
 */
export function match(rows: readonly RowFacts[], files: readonly FileFacts[]): Matching {
  const pairs: Pair[] = [];
  const freeRows = new Set(rows.toSorted((a, b) => compareVersions(a.version, b.version)));
  const freeFiles = new Set(files.toSorted((a, b) => compareVersions(a.version, b.version)));
  const pair = (row: RowFacts, file: FileFacts, by: Match): void => {
    pairs.push({ row, file, by });
    freeRows.delete(row);
    freeFiles.delete(file);
  };
  /** Pairs what has the same key, where there are as many of one as of the other. */
  const pairBy = (
    by: Match,
    ofRow: (row: RowFacts) => string | undefined,
    ofFile: (file: FileFacts) => string | undefined,
    alone: boolean,
  ): void => {
    const groups = Map.groupBy([...freeFiles], ofFile);
    for (const [key, found] of Map.groupBy([...freeRows], ofRow)) {
      const there = key === undefined ? undefined : groups.get(key);
      if (there?.length !== found.length || (alone && found.length > 1)) continue;
      for (const [at, row] of found.entries()) pair(row, there[at]!, by);
    }
  };
  const namesake = (row: RowFacts, file: FileFacts): boolean => row.name === file.name;
  /** The file of this version that is meant: of several, the one that has the row's name. */
  const ofVersion = (fits: (row: RowFacts, file: FileFacts) => boolean, by: Match): void => {
    for (const row of freeRows) {
      const there = [...freeFiles].filter((file) => file.version === row.version && fits(row, file));
      const file = there.find((one) => namesake(row, one)) ?? there[0];
      if (file !== undefined) pair(row, file, by);
    }
  };

  ofVersion((row, file) => row.checksum === file.checksum, "same");
  ofVersion((row, file) => row.text === file.text, "same");
  ofVersion((row) => row.text === undefined && row.checksum === undefined, "same");
  const known = (text: string | undefined): boolean => text !== undefined && text !== "";
  const both = (name: string | null, text: string): string => JSON.stringify([name, text]);
  pairBy(
    "name and text",
    ({ name, text }) => (known(text) && name ? both(name, text!) : undefined),
    ({ name, text }) => both(name, text),
    false,
  );
  pairBy(
    "text",
    ({ text }) => (known(text) ? text : undefined),
    ({ text }) => text,
    false,
  );
  pairBy(
    "text",
    ({ checksum }) => checksum,
    ({ checksum }) => checksum,
    true,
  );
  ofVersion(() => true, "version");
  pairBy(
    "number",
    ({ version, text, checksum }) => (text === undefined && checksum === undefined ? digits(version) : undefined),
    ({ version }) => digits(version),
    true,
  );
  pairBy(
    "name",
    ({ name, text, checksum }) => (text === undefined && checksum === undefined && name ? name : undefined),
    ({ name }) => name,
    true,
  );
  return { pairs, rows: [...freeRows], files: [...freeFiles] };
}

/** `0001` and `1` are one number. */
function digits(version: string): string | undefined {
  return /^\d+$/.test(version) ? version.replace(/^0+(?=\d)/, "") : undefined;
}
