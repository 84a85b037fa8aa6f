// Owns what is told of a plan before it runs: what each step locks, rewrites, reads whole and destroys, and how large that is.
import {
  classify,
  loadGrammar,
  lockModes,
  quoteIdentifier,
  read,
  type Classification,
  type LockMode,
  type Relation,
} from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";
import type { Live } from "../introspect/live.ts";
import { literal, textArray } from "../store/bind.ts";
import { kinText, relationText, type ScriptLosses, type StepLoss } from "./losses.ts";
import type { PlanStep, Step } from "./plan.ts";

/** What the statements of a step do to relations that are there, as far as their text tells. */
export interface StepEffects {
  /** The strongest lock on each relation. */
  readonly locks: readonly { readonly relation: string; readonly mode: LockMode }[];
  /** Relations whose rows are copied to new files, while the locks are held. */
  readonly rewrites: readonly string[];
  /** Relations of which every row is read. */
  readonly scans: readonly string[];
  readonly destroys: readonly StepLoss[];
  /** Tables that are there, with how many rows Postgres thinks they have (0 too where it has never looked), and their bytes with indexes. */
  readonly tables: readonly { readonly relation: string; readonly rows: number; readonly bytes: number }[];
}

/** The steps with their effects. `planned` are the same steps, with what others have told of them; `lost` is what each loses. */
export async function withEffects(
  live: Live,
  steps: readonly Step[],
  planned: readonly PlanStep[],
  lost: readonly ScriptLosses[],
): Promise<readonly PlanStep[]> {
  if (steps.length === 0) return planned;
  const grammar = await loadGrammar();
  const found = steps.map(({ script }, at) => {
    const { statements } = read(script.text, grammar);
    const classified = statements.map((statement) => classify(statement));
    return { classified, destroys: lost[at]!.losses };
  });
  const sizes = await sizesOf(live.session, [...new Map(found.flatMap(({ classified }) => relationsOf(classified)))]);
  return planned.map((step, at) => {
    const { classified, destroys } = found[at]!;
    const tables = [...new Map(relationsOf(classified)).keys()].flatMap((name) => sizes.get(name) ?? []);
    return { ...step, effects: { ...workOf(classified), destroys, tables } };
  });
}

function workOf(classified: readonly Classification[]): Pick<StepEffects, "locks" | "rewrites" | "scans"> {
  const locks = new Map<string, LockMode>();
  for (const { mode, ...touch } of classified.flatMap((one) => one.locks)) {
    const name = kinText(touch);
    const known = locks.get(name);
    if (known === undefined || lockModes.indexOf(known) < lockModes.indexOf(mode)) locks.set(name, mode);
  }
  const named = (what: "rewrite" | "scan"): readonly string[] => [
    ...new Set(
      classified.flatMap((one) =>
        one[what].relations.map((touch) => kinText(touch) + (touch.when ? ` (${touch.when})` : "")),
      ),
    ),
  ];
  return {
    locks: [...locks].map(([relation, mode]) => ({ relation, mode })),
    rewrites: named("rewrite"),
    scans: named("scan"),
  };
}

/** What statements lock or write, by the name in the text. */
function relationsOf(classified: readonly Classification[]): readonly (readonly [string, Relation])[] {
  const touched = classified.flatMap(({ locks, writes }) => [
    ...locks.flatMap(({ relation, kin }) => (relation === undefined || kin !== undefined ? [] : [relation])),
    ...writes,
  ]);
  return touched.map((relation) => [relationText(relation), relation] as const);
}

async function sizesOf(
  session: Session,
  relations: readonly (readonly [string, Relation])[],
): Promise<ReadonlyMap<string, StepEffects["tables"][number]>> {
  if (relations.length === 0) return new Map();
  const quoted = relations.map(([, { schema, name }]) =>
    [schema, name].flatMap((part) => (part === undefined ? [] : [quoteIdentifier(part)])).join("."),
  );
  const rows = await session.query<{ at: number; rows: string; bytes: string }>({
    text: `SELECT n.at::int, greatest(c.reltuples, 0)::bigint::text AS rows, pg_catalog.pg_total_relation_size(c.oid)::text AS bytes
FROM unnest(${literal(textArray(quoted))}::text[]) WITH ORDINALITY n (name, at) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(n.name)
WHERE c.relkind IN ('r', 'p', 'm', 't')`,
  });
  return new Map(
    rows.map(({ at, rows: count, bytes }) => {
      const relation = relations[at - 1]![0];
      return [relation, { relation, rows: Number(count), bytes: Number(bytes) }];
    }),
  );
}
