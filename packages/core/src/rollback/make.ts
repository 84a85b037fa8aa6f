// Owns the making of a rollback: statements from the inverse, rows from the archive, and how much the two give back. Pure.
import {
  invert,
  keyIn,
  scriptOf,
  type Catalog,
  type Folding,
  type Grammar,
  type Inverse,
  type Key,
  type Statement,
} from "@clew/sql-analyzer";
import { labelsOf, type Labels } from "../archive/labels.ts";
import type { ArchiveNeeds } from "../archive/needs.ts";
import { renewedKeys, type RenewedKey } from "../archive/orphans.ts";
import { planArchive, type ArchivePlan } from "../archive/plan.ts";
import { undoArchive } from "../archive/undo.ts";
import type { RollbackClass } from "../store/state.ts";

/** What a rollback is made from: statements that run on a schema. */
export interface RollbackRequest {
  readonly statements: readonly Statement[];
  readonly before: Catalog;
  /** The catalog after, where a server has told it. */
  readonly after?: Catalog;
  /** A fold that has come to `before`. */
  readonly folding?: Folding;
  readonly grammar: Grammar;
  /** Who runs them. */
  readonly role: string;
  /** They run by themselves, outside any transaction. */
  readonly alone?: boolean;
  /** The text was too long to be read: only a server knows what it did, and not what rows it wrote. */
  readonly unread?: boolean;
  /** Undefined where no rows are kept. */
  readonly archive?: {
    readonly id: string;
    readonly version: string;
    readonly run: string;
    readonly days: number;
    readonly limit?: number;
    readonly move?: boolean;
  };
  /** What is kept already, of a rollback that is made better. */
  readonly needs?: ArchiveNeeds;
}

export interface MadeRollback {
  readonly inverse: Inverse;
  /** What has to run with the statements. */
  readonly archive: ArchivePlan | undefined;
  readonly needs: ArchiveNeeds | undefined;
  readonly class: RollbackClass;
  /** Why it is not `exact`. */
  readonly reason: string | null;
  readonly statements: readonly string[];
}

export function makeRollback(request: RollbackRequest): MadeRollback {
  const { statements, before, after, folding, grammar, role, alone = false } = request;
  const known = { ...(after ? { after } : {}), ...(folding ? { folding } : {}) };
  const said = invert(statements, before, { grammar, role, alone, ...known });
  const lost = said.class === "impossible" ? {} : unread;
  const inverse: Inverse = request.unread ? { ...said, ...lost, certainty: after ? "exact" : "tainted" } : said;
  const planned = planArchive({
    ...(request.archive ?? nowhere),
    before,
    after: inverse.after,
    anew: inverse.anew,
    renames: inverse.moves,
    statements,
    grammar,
  });
  const archive = request.archive && planned;
  const needs = request.needs ?? archive?.needs;
  const wanted = planned?.needs;
  const verdict = classOf(inverse, needs, [
    ...unkept(wanted, needs),
    ...(wanted?.jobs && !needs?.jobs ? ["cron.job"] : []),
  ]);
  const keys = renewedKeys(inverse, before, needs);
  const rows = rowsOf(needs, labelsOf(inverse.actions, before), keys);
  return { inverse, archive, needs, ...verdict, statements: scriptOf(inverse.actions, rows) };
}

/** Of an archive that is only asked about. */
const nowhere = { id: "", version: "", run: "" };

/** What the statements change or destroy and nothing keeps. */
function unkept(wanted: ArchiveNeeds | undefined, kept: ArchiveNeeds | undefined): readonly Key[] {
  if (kept !== undefined && kept.outside === undefined) return [];
  const there = new Set(keysOf(kept));
  return keysOf(wanted).filter((key) => !there.has(key));
}

function keysOf(needs: ArchiveNeeds | undefined): readonly Key[] {
  return needs ? [...needs.tables, ...needs.sequences].map(({ key }) => key) : [];
}

const unread = { class: "lossy", reason: "the rows that a file of this size writes are not kept" } as const;

/** `unkept`: tables whose rows the statements change or destroy, where none are kept. */
function classOf(
  inverse: Inverse,
  needs: ArchiveNeeds | undefined,
  unkept: readonly string[],
): Pick<MadeRollback, "class" | "reason"> {
  const { class: verdict, reason = null, certainty } = inverse;
  if (verdict === "impossible" || verdict === "lossy") return { class: verdict, reason };
  if (certainty !== "exact")
    return { class: "lossy", reason: "not all that the statements do can be told before they run" };
  if (unkept.length > 0) return { class: "lossy", reason: `rows of ${unkept.join(", ")} are not kept` };
  const lost = needs === undefined ? [] : notGivenBack(needs, inverse);
  if (lost.length > 0) return { class: "lossy", reason: `${lost.join("; ")} does not come back` };
  const kept = needs && keysOf(needs);
  if (verdict === "needs-data" && !kept) return { class: "lossy", reason: `${reason ?? "rows"}: rows are not kept` };
  const jobs = needs?.jobs ? ["what jobs of pg_cron there were is kept"] : [];
  if (!kept || kept.length + jobs.length === 0) return { class: verdict, reason };
  const where = needs.outside === undefined ? "kept" : `in backup ${needs.outside}`;
  const rows = kept.length === 0 ? [] : [`rows of ${kept.join(", ")} are ${where}`];
  return { class: "needs-data", reason: [...rows, ...jobs].join("; ") };
}

/** What is kept and nothing gives back, in words. */
function notGivenBack({ tables }: ArchiveNeeds, { actions }: Inverse): readonly string[] {
  const changed = new Set(
    actions.flatMap((action) => ("using" in action && action.using ? [action.using.column] : [])),
  );
  return tables
    .filter(({ dropped }) => !dropped)
    .flatMap(({ key, root, columns = [], others, written, merged }) => {
      if (merged) return [`what MERGE updates in partitions of ${key}`];
      if (root !== undefined) return [];
      const at = (column: { readonly name: string }): Key => keyIn(key, "column", column.name);
      // Values that were changed on the way to the same type, which no statement of the rollback touches.
      const same = columns.filter((column) => column.sameType && !changed.has(at(column)));
      const apart = others && written && columns.some((column) => changed.has(at(column)));
      const values = same.map((column) => `what was in ${at(column)}`);
      return apart ? [`what only a column with another type tells apart in ${key}`, ...values] : values;
    });
}

function rowsOf(
  needs: ArchiveNeeds | undefined,
  labels: Labels,
  keys: readonly RenewedKey[],
): Parameters<typeof scriptOf>[1] {
  if (!needs || (needs.tables.length + needs.sequences.length === 0 && !needs.jobs)) return undefined;
  const undo = undoArchive(needs, labels, keys);
  const texts = (list: readonly { readonly text: string }[]): readonly string[] => list.map(({ text }) => text);
  return {
    first: texts(undo.first),
    table: (key) => texts(undo.table(key)),
    using: (column) => undo.using(column),
    rows: texts(undo.rows),
    last: texts(undo.last),
  };
}
