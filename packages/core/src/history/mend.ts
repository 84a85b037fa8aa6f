// Owns what is proposed for a history that is out of step with its files: one mend for each mismatch. Pure.
import { compareVersions } from "../store/state.ts";
import { match, type FileFacts, type Match, type Pair, type RowFacts } from "./match.ts";

/** A migration as it is named. */
export interface Label {
  readonly version: string;
  readonly name: string;
}

/** One thing that brings history and files into step. */
export type Mend =
  /** The row takes the file's version and name. */
  | { readonly kind: "rekey-row"; readonly from: Label; readonly to: Label; readonly path: string; readonly by: Match }
  /** The file takes the row's version, or one that is free. */
  | {
      readonly kind: "rename-file";
      readonly from: Label;
      readonly to: Label;
      readonly path: string;
      readonly by: Match | "free";
    }
  /** The row's statements become a file, in the place of the one that is there where `replaces`. */
  | { readonly kind: "write-file"; readonly to: Label; readonly path: string; readonly replaces: boolean }
  /** What the file says now counts as what was applied. */
  | { readonly kind: "accept-file"; readonly to: Label; readonly path: string }
  /** The row stands for what another one stands for: that is left. */
  | { readonly kind: "drop-row"; readonly from: Label; readonly instead: Label; readonly squashed: boolean };

/** A mend, and which row it is about. */
export interface PlacedMend {
  readonly mend: Mend;
  readonly place?: string;
}

/** What no mend was found for. */
export interface Unmended {
  readonly version: string;
  readonly message: string;
  readonly help: string;
}

/** Which side is right where both could be changed: files are renamed to what the history says, or rows re-keyed. */
export type Keep = "files" | "history";

export interface Proposal {
  readonly mends: readonly PlacedMend[];
  readonly left: readonly Unmended[];
}

/** Proposes. `pathOf` names the file of a migration. */
export function propose(
  rows: readonly RowFacts[],
  files: readonly FileFacts[],
  keep: Keep,
  pathOf: (label: Label) => string,
): Proposal {
  const matching = match(rows, files);
  const mends: PlacedMend[] = [];
  const left: Unmended[] = [];
  const { moves, renames, stuck } = ways(matching.pairs, matching.rows, files, keep);

  for (const { row, file, by } of moves) {
    const mend = { kind: "rekey-row", from: labelOf(row), to: labelOf(file), path: file.path, by } as const;
    mends.push({ mend, place: row.place });
  }
  for (const { row, file, by } of renames) {
    const to = { version: row.version, name: file.name };
    mends.push({ mend: { kind: "rename-file", from: labelOf(file), to, path: file.path, by } });
  }
  for (const { row, file } of stuck) {
    left.push({
      version: row.version,
      message: `${shown(labelOf(row))} says what ${file.path} says, but both versions are taken by other migrations`,
      help: "Give the file a version of its own, then repair again.",
    });
  }
  for (const [version, same] of Map.groupBy(matching.pairs, ({ file }) => file.version)) {
    if (same.length < 2 || same.some(({ file }) => renames.some((pair) => pair.file === file))) continue;
    left.push({
      version,
      message: `${same.map(({ file }) => file.path).join(" and ")} have one version, and both are applied under it`,
      help: "Give one of the files another version, and the row of its name in the history the same one by hand.",
    });
  }
  const squash = squashOf(matching.pairs, matching.rows, files);
  for (const { row, file, by } of matching.pairs) {
    if (by !== "version") continue;
    if (keep === "history" && file !== squash && row.text) {
      const mend = { kind: "write-file", to: labelOf(file), path: file.path, replaces: true } as const;
      mends.push({ mend, place: row.place });
    } else mends.push({ mend: { kind: "accept-file", to: labelOf(file), path: file.path }, place: row.place });
  }
  const taken = new Set([
    ...files.filter((file) => !renames.some((pair) => pair.file === file)).map(({ version }) => version),
    ...renames.map(({ row }) => row.version),
  ]);
  for (const row of matching.rows) {
    const found = orphan(row, matching.pairs, squash, taken);
    if ("message" in found) left.push(found);
    else if (found.kind === "drop-row") mends.push({ mend: found, place: row.place });
    else {
      taken.add(row.version);
      mends.push({ mend: { ...found, path: pathOf(found.to) }, place: row.place });
    }
  }
  const versions = new Set([...taken, ...rows.map(({ version }) => version)]);
  for (const [file, twin] of twins(matching.pairs, files)) {
    if (file.text === twin.text) {
      left.push({
        version: file.version,
        message: `${file.path} says what ${twin.path} says, and has the same version`,
        help: "Delete one of the two.",
      });
      continue;
    }
    const version = freeAfter(file.version, versions);
    versions.add(version);
    const to = { version, name: file.name };
    mends.push({ mend: { kind: "rename-file", from: labelOf(file), to, path: file.path, by: "free" } });
  }
  const versionOf = ({ mend }: PlacedMend): string => ("from" in mend ? mend.from : mend.to).version;
  return { mends: mends.toSorted((a, b) => compareVersions(versionOf(a), versionOf(b))), left };
}

/** Pairs whose versions differ: which rows are re-keyed and which files renamed, so that no version is taken twice. */
function ways(
  pairs: readonly Pair[],
  orphans: readonly RowFacts[],
  files: readonly FileFacts[],
  keep: Keep,
): { readonly moves: readonly Pair[]; readonly renames: readonly Pair[]; readonly stuck: readonly Pair[] } {
  const different = pairs.filter(({ row, file }) => row.version !== file.version);
  const moves = new Set(keep === "files" ? different : []);
  const renames = new Set(keep === "files" ? [] : different);
  const stuck = new Set<Pair>();
  // What cannot go one way goes the other, once; each turn settles one at least.
  for (let turn = 0; turn <= different.length * 2; turn++) {
    const staying = new Set([
      ...orphans.map(({ version }) => version),
      ...pairs.filter((pair) => !moves.has(pair)).map(({ row }) => row.version),
    ]);
    const renamed = new Set([...renames].map(({ file }) => file));
    const lying = new Set(files.filter((file) => !renamed.has(file)).map(({ version }) => version));
    const blocked =
      [...moves].find(({ file }) => staying.has(file.version)) ??
      [...renames].find(({ row }) => lying.has(row.version));
    if (blocked === undefined) break;
    const [from, to] = moves.has(blocked) ? [moves, renames] : [renames, moves];
    from.delete(blocked);
    (turn < different.length ? to : stuck).add(blocked);
  }
  return { moves: [...moves], renames: [...renames], stuck: [...stuck] };
}

/** The file that many were squashed into: it has a row, says something else than that, and all rows without a file are older than any file. */
function squashOf(
  pairs: readonly Pair[],
  orphans: readonly RowFacts[],
  files: readonly FileFacts[],
): FileFacts | undefined {
  const oldest = files.toSorted((a, b) => compareVersions(a.version, b.version))[0];
  if (oldest === undefined || orphans.length === 0) return undefined;
  const changed = pairs.some(({ file, by }) => file === oldest && by === "version");
  return changed && orphans.every(({ version }) => compareVersions(version, oldest.version) < 0) ? oldest : undefined;
}

function orphan(
  row: RowFacts,
  pairs: readonly Pair[],
  squash: FileFacts | undefined,
  taken: ReadonlySet<string>,
):
  | Extract<Mend, { kind: "drop-row" }>
  | { readonly kind: "write-file"; readonly to: Label; readonly replaces: false }
  | Unmended {
  const from = labelOf(row);
  if (squash !== undefined) return { kind: "drop-row", from, instead: labelOf(squash), squashed: true };
  const twin = pairs.find(
    (pair) =>
      (pair.row.version === row.version || (row.name && pair.row.name === row.name)) &&
      (row.text ? pair.file.text === row.text : pair.row.version === row.version),
  );
  if (twin !== undefined) return { kind: "drop-row", from, instead: labelOf(twin.file), squashed: false };
  const byHand = `If it was never applied here, or is of another project: \`clew repair ${row.version} --status reverted\`.`;
  if (taken.has(row.version)) {
    return {
      version: row.version,
      message: `${shown(from)} is applied, and the file of this version is another migration`,
      help: `Give the file a version of its own, then repair again. ${byHand}`,
    };
  }
  if (!/^\d+$/.test(row.version)) {
    return {
      version: row.version,
      message: `${shown(from)} is applied, and is no version that a file can have`,
      help: byHand,
    };
  }
  if (!row.text) {
    return {
      version: row.version,
      message: `${shown(from)} is applied, has no file, and the history does not say what it was`,
      help: `Get the file from version control. ${byHand}`,
    };
  }
  return { kind: "write-file", to: from, replaces: false };
}

/** Files that have the version of another file, each with that one, which keeps it: the applied one, or the first by name. */
function twins(pairs: readonly Pair[], files: readonly FileFacts[]): readonly (readonly [FileFacts, FileFacts])[] {
  const applied = new Set(pairs.map(({ file }) => file));
  return [...Map.groupBy(files, ({ version }) => version).values()].flatMap((same) => {
    if (same.length === 1) return [];
    const inOrder = same.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const keeper = inOrder.find((file) => applied.has(file)) ?? inOrder[0]!;
    return inOrder.filter((file) => file !== keeper && !applied.has(file)).map((file) => [file, keeper] as const);
  });
}

/** The next version that nothing has and that sorts right behind: of the same length, or with a digit more. */
function freeAfter(version: string, taken: ReadonlySet<string>): string {
  const next = [...taken].filter((one) => compareVersions(one, version) > 0).sort()[0];
  const plusOne = String(BigInt(version) + 1n).padStart(version.length, "0");
  const fits = plusOne.length === version.length && (next === undefined || compareVersions(plusOne, next) < 0);
  if (fits) return plusOne;
  let longer = `${version}1`;
  while (taken.has(longer)) longer = String(BigInt(longer) + 1n).padStart(longer.length, "0");
  return longer;
}

function labelOf({ version, name }: { readonly version: string; readonly name: string | null }): Label {
  return { version, name: name ?? "" };
}

/** `20240101000000 (create_notes)` */
export function shown({ version, name }: Label): string {
  return name === "" ? version : `${version} (${name})`;
}
