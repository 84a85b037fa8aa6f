// Owns the repair of a history that is out of step with its files: look, propose, and, onto the history that was shown, mend.
import { createHash } from "node:crypto";
import { loadGrammar } from "@clew/sql-analyzer/reading";
import { isSessionError, type Session, type Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { prepareText } from "../files/prepare.ts";
import { readText } from "../files/read.ts";
import { refuseUnapprovedChange, type Approving } from "../run/approval.ts";
import { ownError } from "../run/explain.ts";
import { historyMoved, keptStatements, leaseLost, type Author } from "../run/records.ts";
import { ownWrite } from "../run/settings.ts";
import { binder, type HistoryTable } from "../store/bind.ts";
import { ensureStore } from "../store/schema.ts";
import type { State, Target } from "../store/state.ts";
import { readFacts, type Facts } from "./facts.ts";
import { pathIn, renameFiles, scriptText, writeMigration } from "./files.ts";
import { propose, shown, type Keep, type Mend, type PlacedMend, type Proposal, type Unmended } from "./mend.ts";
import { accept, drop, note, onto, rekey, wrap, type Move, type Pen, type Record } from "./write.ts";

/** Where history and files are. */
export interface Place {
  readonly dir: string;
  readonly history: HistoryTable;
  readonly author: Author;
  /** Whether changes of the history must be approved. */
  readonly approving: Pick<Approving, "demand" | "folder" | "who">;
}

/** How history and files are brought into step. */
export interface RepairOptions {
  /**
   * Which side is right where both could be changed. `files` (the default): rows are re-keyed, edited files accepted.
   * `history`: files are renamed, edited files written anew from the history.
   */
  readonly keep?: Keep;
  /** The `id` of the plan that was shown: with another one nothing is done, and ANOTHER_RUN thrown. */
  readonly expected?: string;
  /** The `id` that is approved: with another one nothing is done, and PLAN_CHANGED thrown. */
  readonly approve?: string | undefined;
}

/** What would be, or was, mended. */
export interface RepairReport {
  readonly kind: "repair";
  /** `in-step`: nothing to mend. `left`: there is something that has no mend. */
  readonly outcome: "in-step" | "proposed" | "mended" | "left";
  /** Whether it was done. */
  readonly done: boolean;
  /** Changes with the history and the files. */
  readonly id: string;
  readonly target: Target;
  readonly mends: readonly (Mend & { readonly words: string })[];
  readonly left: readonly Unmended[];
}

interface Look {
  readonly facts: Facts;
  readonly proposal: Proposal;
  readonly id: string;
}

/** What a repair would do. Changes nothing. */
export async function planRepair(session: Session, place: Place, options: RepairOptions = {}): Promise<RepairReport> {
  return reportOf(await look(session, place, options), "proposed");
}

/** Mends what can be mended: history and journal in one transaction, then the files. Throws ANOTHER_RUN, NOT_APPROVED. */
export async function repair(session: Session, place: Place, options: RepairOptions = {}): Promise<RepairReport> {
  const found = await look(session, place, options);
  const { facts, proposal, id } = found;
  if (options.expected !== undefined && options.expected !== id) throw changedMeanwhile();
  if (proposal.mends.length === 0) return reportOf(found, "mended");
  const change = { what: "repair", id, look: "clew repair --dry-run" };
  await refuseUnapprovedChange(change, { ...place.approving, approve: options.approve });
  const pen: Pen = { history: place.history, bind: binder(place.history), author: place.author };
  const writes = await writesOf(pen, facts, proposal.mends);
  if (writes.length > 0) await write(session, pen, facts, "repair", id, writes);
  const mends = proposal.mends.map(({ mend }) => mend);
  const renamed = mends.filter((mend) => mend.kind === "rename-file");
  await renameFiles(renamed.map(({ path, to }) => ({ from: path, to: pathIn(place.dir, to) })));
  for (const { mend, place: row } of proposal.mends) {
    if (mend.kind !== "write-file") continue;
    const statements = facts.rows.find((one) => one.place === row)!.statements;
    await writeMigration(mend.path, scriptText(statements), mend.replaces);
  }
  return reportOf(found, "mended");
}

async function look(session: Session, { dir, history }: Place, { keep = "files" }: RepairOptions): Promise<Look> {
  const facts = await readFacts(session, dir, history).catch((error: unknown) =>
    Promise.reject(isSessionError(error) ? ownError(error, "reading history and journal") : error),
  );
  const begun = new Set(facts.state.segments.map(({ version }) => version));
  const whole = ({ version }: { readonly version: string }): boolean => !begun.has(version);
  const found = propose(facts.rows.filter(whole), facts.files.filter(whole), keep, (label) => pathIn(dir, label));
  const partly = [...begun].map((version): Unmended => ({
    version,
    message: `${version} has run in part`,
    help: "Finish it first, with `clew execute` or `clew rollback`; then repair again.",
  }));
  const proposal = { mends: found.mends, left: [...found.left, ...partly] };
  return { facts, proposal, id: changeId("repair", facts.state.target, [facts.books.stamp, proposal]) };
}

function reportOf({ facts, proposal, id }: Look, done: "proposed" | "mended"): RepairReport {
  const { mends, left } = proposal;
  const outcome = left.length > 0 ? "left" : mends.length === 0 ? "in-step" : done;
  const told = mends.map(({ mend }) => ({ ...mend, words: wordsOf(mend) }));
  return {
    kind: "repair",
    outcome,
    done: done === "mended" && mends.length > 0,
    id,
    target: facts.state.target,
    mends: told,
    left,
  };
}

const because = {
  same: "",
  "name and text": "the same name and the same statements",
  text: "the same statements",
  version: "",
  number: "the same number; the history does not say what it was",
  name: "the same name; the history does not say what it was",
  free: "another file has its version",
} as const;

/** A mend in a sentence. */
export function wordsOf(mend: Mend): string {
  switch (mend.kind) {
    case "rekey-row":
      return `history: ${shown(mend.from)} becomes ${shown(mend.to)} (${because[mend.by]})`;
    case "rename-file":
      return `file: ${mend.path} becomes ${mend.to.version}_${mend.to.name}.sql (${because[mend.by]})`;
    case "write-file":
      return mend.replaces
        ? `file: ${mend.path} is written anew from the history; what it says now is lost`
        : `file: ${mend.path} is written from the history`;
    case "accept-file":
      return `history: ${shown(mend.to)} was applied with another text; what ${mend.path} says now counts as applied, and is not run`;
    case "drop-row":
      return mend.squashed
        ? `history: ${shown(mend.from)} goes, for ${shown(mend.instead)} stands for it`
        : `history: ${shown(mend.from)} goes, for ${shown(mend.instead)} is the same, registered twice`;
  }
}

async function writesOf(pen: Pen, facts: Facts, mends: readonly PlacedMend[]): Promise<readonly Sql[]> {
  const writes: Sql[] = [];
  const moves: Move[] = [];
  for (const { mend, place } of mends) {
    if (mend.kind === "rename-file" || mend.kind === "write-file") continue;
    if (mend.kind === "drop-row") writes.push(...drop(pen, place!, mend.from.version));
    if (mend.kind === "accept-file") writes.push(...accept(pen, place!, await recordOf(fileOf(facts, mend.path))));
    if (mend.kind === "rekey-row") {
      const { checksum } = fileOf(facts, mend.path);
      moves.push({ place: place!, from: mend.from.version, to: mend.to.version, name: mend.to.name, checksum });
    }
  }
  writes.push(...rekey(pen, facts.books, moves));
  const notes = mends
    .filter(({ mend }) => mend.kind !== "rename-file" && mend.kind !== "write-file")
    .map(({ mend }) =>
      note(pen, mend.kind === "drop-row" ? mend.from.version : mend.to.version, mend.kind, wordsOf(mend)),
    );
  return writes.length === 0 ? [] : [...writes, ...notes];
}

/** Stands for a change of the history, as a plan's id does for a run: it is another on another database. */
export function changeId(kind: string, { database, identity }: Target, what: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, database, identity, what]))
    .digest("hex")
    .slice(0, 16);
}

function fileOf({ files }: Pick<Facts, "files">, path: string): Facts["files"][number] {
  return files.find((file) => file.path === path)!;
}

/** What the history keeps of a file that counts as applied. */
export async function recordOf(file: {
  readonly version: string;
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
}): Promise<Record> {
  const { version, name, path, checksum } = file;
  const text = await readText(path);
  const script = prepareText(path, text, await loadGrammar());
  const legible = script.findings.every(({ severity }) => severity !== "error");
  return { version, name, checksum, statements: legible ? keptStatements(script, checksum) : [text] };
}

/** Writes onto the history that was read, in one transaction. The tables are made or completed before. Throws ANOTHER_RUN. */
export async function write(
  session: Session,
  pen: Pen,
  { state, books }: { readonly state: State; readonly books: Facts["books"] },
  kind: string,
  plan: string,
  writes: readonly Sql[],
): Promise<void> {
  try {
    const store = ensureStore(pen.history, state);
    if (store.length > 0) await session.transaction(store, ownWrite);
    await session.transaction([...onto(pen.history, books), ...wrap(pen, kind, plan, writes)], ownWrite);
  } catch (error) {
    const sqlstate = isSessionError(error) ? error.fault.sqlstate : undefined;
    if (sqlstate === historyMoved) throw changedMeanwhile();
    if (sqlstate === leaseLost) throw new ClewError("ANOTHER_RUN", "a run is at work; nothing was changed");
    throw ownError(error, "writing history and journal");
  }
}

/** How it is said that what was shown is no more. */
export function changedMeanwhile(): ClewError {
  return new ClewError("ANOTHER_RUN", "history or files have changed since they were shown; nothing was changed", {
    help: "Look again.",
  });
}
