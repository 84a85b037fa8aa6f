// Owns the trial of one rollback: up, down, and up again, with what is there compared each time.
import {
  describeDiff,
  diff,
  hashCatalog,
  loadGrammar,
  read,
  scriptOf,
  startComparing,
  startFold,
  transition,
  type Catalog,
  type Fact,
} from "@clew/sql-analyzer";
import { cleanSession, withoutUndefined, type Session } from "../driver.ts";
import { readText, type MigrationFile } from "../files/read.ts";
import type { Proof } from "../report.ts";
import { worstOf } from "../rollback/class.ts";
import { archiveId, inverseHash, writtenHash } from "../rollback/proof.ts";
import { binder, textArray } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import { readKeptRollbacks, readState, type KeptRollback } from "../store/state.ts";
import { attempt, look, recordApplied, type Bench, type Proving } from "./bench.ts";
import type { ProofStep } from "./report.ts";
import { otherRows, readRows, type Rows } from "./rows.ts";
import { seed, unseed, type Seeded } from "./seed.ts";
import { touchedTables, withReferenced } from "./touched.ts";

/** What was seen, and how it goes on. */
export type Seen = Omit<ProofStep, "version" | "name" | "path" | "rollback" | "ms"> &
  Partial<Pick<ProofStep, "rollback">> & {
    /**
     * `here`: the next migration can be proved in this scratch. `anew`: in another. `never`: this one does not run. `bare`: it
     * is to be tried once more in another, without rows.
     */
    readonly goesOn: "here" | "anew" | "never" | "bare";
    readonly unforeseen?: readonly string[];
  };

/** What came of a migration that its statements do not say, in words. */
export async function unforeseenIn(foreseen: Catalog | undefined, after: Catalog): Promise<readonly string[]> {
  if (foreseen === undefined) return [];
  const found = diff(foreseen, after, { sameSql: startComparing(foreseen, after, await loadGrammar()) });
  return describeDiff(found.filter(({ certainty, unsure }) => certainty === "exact" && !unsure));
}

/** Up, down, and up again, with rows in the tables; `bare` says why there are to be none. */
export async function proveOne(bench: Bench, file: MigrationFile, proving: Proving, bare?: string): Promise<Seen> {
  const { scratch, engine, lastEngine } = bench;
  const { session } = scratch;
  const signal = proving.signal ? { signal: proving.signal } : {};

  await recordApplied(bench, proving, file.version);
  const before = bench.catalog ?? (await look(session, proving.history));
  bench.catalog = undefined;
  const seeding = bare === undefined ? await seedFor(session, file, before, proving) : undefined;
  const upFailed = await attempt(() => engine.execute(file.version, signal), "applied");
  if (upFailed !== undefined && seeding !== undefined && seeding.seeded.tables.length > 0) {
    const reason = `rows were not tried, for it does not run with those that were generated: ${upFailed}`;
    if (diff(before, await look(session, proving.history)).length > 0)
      return { proof: "not-provable", reason, goesOn: "bare" };
    await unseed(session, seeding.seeded);
    return proveOne(bench, file, proving, reason);
  }
  if (upFailed !== undefined) {
    const lacking = bench.lacks.length > 0 ? `; the scratch lacks of the target: ${shortened(bench.lacks)}` : "";
    return { proof: "not-provable", reason: `it does not run in the scratch: ${upFailed}${lacking}`, goesOn: "never" };
  }
  const after = await look(session, proving.history);
  const way = await wayBack(bench, file, proving);
  const seeded = seeding?.seeded;
  const unforeseen = await unforeseenIn(seeding?.foreseen, after);
  const about = withoutUndefined<Omit<Seen, "proof" | "goesOn">>({
    class: way.class,
    rollback: way.rollback,
    inverse: way.inverse,
    before: hashCatalog(before),
    after: hashCatalog(after),
    rows: seeded && {
      tables: seeded.tables.length,
      rows: seeded.rows,
      refused: seeded.refused.map(({ key }) => key),
    },
  });
  const verdict = (proof: Proof, goesOn: Seen["goesOn"], reason?: string): Seen => ({
    ...about,
    unforeseen,
    proof,
    ...(reason === undefined ? {} : { reason }),
    goesOn,
  });
  const differing = (was: Catalog, is: Catalog, reason: string): Seen => ({
    ...verdict("disproved", "anew", reason),
    differences: { words: describeDiff(diff(was, is)), sql: scriptOf(transition(is, was).actions) },
  });
  /** Of what a class admits that it loses, and of what is written by hand, which admits nothing. */
  const admits = way.class === "needs-data" || way.class === "lossy";
  const sameSchema = (was: Catalog, is: Catalog): boolean =>
    diff(was, is).every(({ field }) => way.class === "lossy" && field === "columns");

  if (way.rollback === "none" || way.class === "impossible") {
    if (seeded) await unseed(session, seeded);
    bench.catalog = after;
    return verdict("not-provable", "here", ["it has no rollback", way.reason].filter(Boolean).join(": "));
  }
  const downFailed = await attempt(() => engine.rollback(1, signal), "rolled-back");
  if (downFailed !== undefined) {
    return admits && bare === undefined
      ? verdict("proved-structure", "bare", `with rows the rollback fails: ${downFailed}`)
      : verdict("disproved", "anew", `the rollback fails: ${downFailed}`);
  }
  const back = await look(session, proving.history);
  if (!sameSchema(before, back)) return differing(before, back, "the rollback does not give the schema back");
  const others = seeding ? otherRows(seeding.rows, await readRows(session, before)) : [];
  const lost = `the rollback does not give back the rows of ${shortened(others)}`;
  if (others.length > 0 && !admits) return verdict("disproved", "anew", lost);

  if (seeded) await unseed(session, seeded);
  const againFailed = await attempt(() => lastEngine.execute(file.version, signal), "applied");
  if (againFailed !== undefined) {
    return verdict("disproved", "anew", `after the rollback it does not run again: ${againFailed}`);
  }
  const again = await look(session, proving.history);
  if (!sameSchema(after, again))
    return differing(after, again, "run again after the rollback, it makes another schema");
  bench.catalog = again;
  if (bare !== undefined) return verdict("proved-structure", "here", bare);
  if (others.length > 0) return verdict("proved-structure", "here", lost);
  const untried = seeding!.touched.filter((table) => seeded!.refused.includes(table)).map(({ key }) => key);
  if (untried.length === 0) return verdict("proved", "here");
  return verdict("proved-structure", "here", `there were no rows to try in ${shortened(untried)}`);
}

interface Seeding {
  /** What the statements say that they leave; undefined where they do not say it all. */
  readonly foreseen: Catalog | undefined;
  readonly touched: readonly Fact<"table">[];
  readonly seeded: Seeded;
  /** What all tables then hold. */
  readonly rows: Rows;
}

/** Puts rows into the tables that the migration has to do with, as far as can be foreseen, and into those they refer to. */
async function seedFor(session: Session, file: MigrationFile, before: Catalog, { needs }: Proving): Promise<Seeding> {
  const grammar = await loadGrammar();
  const { statements } = read(await readText(file.path), grammar);
  const folding = startFold(before, { grammar, role: needs.user });
  const opaque = folding.apply(statements);
  const foreseen = folding.catalog();
  const touched = touchedTables(before, foreseen, statements);
  const seeded = await seed(session, withReferenced(touched, before), before);
  return { foreseen: opaque.length > 0 ? undefined : foreseen, touched, seeded, rows: await readRows(session, before) };
}

interface WayBack extends Pick<ProofStep, "rollback"> {
  readonly class?: KeptRollback["class"];
  readonly reason?: string;
  readonly inverse?: string;
}

/** The rollback that will be run in the scratch: the one written by hand, one kept already, or the one kept just now. */
async function wayBack(
  { scratch: { session } }: Bench,
  file: MigrationFile,
  { history, kept }: Proving,
): Promise<WayBack> {
  if (file.down !== undefined) return { rollback: "hand-written", inverse: writtenHash(await readText(file.down)) };
  const bind = binder(history);
  const state = await readState(session, history, bind);
  const made = await readKeptRollbacks(session, bind, state, [file.version]);
  const segments = kept.get(file.version) ?? made;
  if (segments.length === 0) return { rollback: "none" };
  if (segments !== made) await replaceKept(session, made, segments);
  return { rollback: "synthesised", ...worstOf(segments), inverse: inverseHash(segments) };
}

/** Puts the rollback that is kept on the target in the place of the one that the scratch has made; rows come from the scratch's archive. */
async function replaceKept(
  session: Session,
  made: readonly KeptRollback[],
  segments: readonly KeptRollback[],
): Promise<void> {
  const bind = binder({ schema: "clew", table: "unused" });
  const archives = new Map(made.map((row) => [row.ordinal, row] as const));
  await session.transaction([
    ...cleanSession,
    bind(sql.deleteRollbacks, { version: segments[0]!.version }),
    ...segments.map((row) => {
      const archive = archives.get(row.ordinal)?.archive ?? null;
      const [from, to] = [archiveId(row.archive), archiveId(archive)];
      const here = (text: string): string =>
        from === undefined || to === undefined ? text : text.replaceAll(from, to);
      const { version, ordinal, class: verdict, reason } = row;
      return bind(sql.insertRollback, {
        version,
        ordinal: String(ordinal),
        class: verdict,
        reason,
        statements: textArray(row.statements.map(here)),
        archive,
        run: "00000000-0000-0000-0000-000000000000",
      });
    }),
  ]);
}

function shortened(words: readonly string[]): string {
  const shown = words.slice(0, 3).join(", ");
  return words.length > 3 ? `${shown} and ${words.length - 3} more` : shown;
}
