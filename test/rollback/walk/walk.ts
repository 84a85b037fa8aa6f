// Owns a random walk: migrations over a growing schema, each run, taken back and compared, and the shortest that goes wrong.
import { writeFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { MigrationExecutor, pg, type RunReport } from "@clew/core";
import { freshDatabase, tempFolder, type Server } from "@clew/kit";
import type { Random } from "../../fuzz/mutation.ts";
import type { Dumper } from "../dump.ts";
import { differences, stateOf, type State } from "../state.ts";
import { makeMigration } from "./migration.ts";
import { writeAsOthers } from "./others.ts";
import { keepPlans } from "./warm.ts";

export type Migration = readonly string[];

export interface Counts {
  migrations: number;
  steps: number;
  /** Of those, in migrations whose rollback is said to give everything back. */
  whole: number;
  /** Rows that others wrote, where they do. */
  written?: number;
  /** Migrations that did not run, such as those that need what only a transaction's end gives. */
  refused: number;
  /** Migrations by class and reason, for those that do not come back. */
  readonly lost: Map<string, number>;
}

export interface Wrong {
  readonly complaint: string;
  /** The last of them goes wrong. */
  readonly migrations: readonly Migration[];
}

export interface Ground {
  readonly server: Server;
  readonly dumper: Dumper;
  /** What is there at first. */
  readonly base: string;
  /** Others write between a migration and its rollback: its rows cannot be told any more, only the schema. */
  readonly others?: true;
}

/** Walks until so many migrations have run, or one goes wrong. Counts as it goes. */
export async function walk(ground: Ground, random: Random, length: number, counts: Counts): Promise<Wrong | undefined> {
  const walked: Migration[] = [];
  const complaint = await onGround(ground, async (trial, client) => {
    for (let at = 0; at < length; at += 1) {
      const migration = await makeMigration(client, random);
      if (migration.length === 0) continue;
      walked.push(migration);
      const said = await trial.step(migration, random(4) > 0, counts);
      if (said !== undefined) return said;
    }
    return trial.end();
  });
  return complaint === undefined ? undefined : { complaint, migrations: walked };
}

/** The same complaint from fewer migrations and statements. */
export async function shorten(ground: Ground, wrong: Wrong, tries: number): Promise<Wrong> {
  let best = wrong;
  let left = tries;
  const goesWrong = async (migrations: readonly Migration[]): Promise<boolean> => {
    if (left-- <= 0) return false;
    // Without one of its statements a migration may be refused.
    const complaint = await replay(ground, migrations).catch(() => undefined);
    if (complaint === undefined || kindOf(complaint) !== kindOf(wrong.complaint)) return false;
    best = { complaint, migrations };
    return true;
  };
  for (let size = Math.ceil(best.migrations.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = best.migrations.length - 1 - size; at > -size; at -= size) {
      const from = Math.max(0, at);
      await goesWrong(best.migrations.toSpliced(from, Math.min(size, best.migrations.length - 1 - from)));
    }
  for (let one = best.migrations.length - 1; one >= 0; one -= 1)
    for (let at = best.migrations[one]!.length - 1; at >= 0; at -= 1) {
      const fewer = best.migrations[one]!.toSpliced(at, 1);
      if (fewer.length > 0) await goesWrong(best.migrations.with(one, fewer));
    }
  return best;
}

const kindOf = (complaint: string): string => complaint.slice(0, complaint.indexOf(":"));

/** What is wrong with the last of them, on what the others leave. */
async function replay(ground: Ground, migrations: readonly Migration[]): Promise<string | undefined> {
  return onGround(ground, async (trial, client) => {
    const earlier = migrations.slice(0, -1).flat();
    // Each by itself: a transaction that has lost its end would keep everybody waiting.
    for (const text of earlier.filter((one) => !/^(?:begin|commit)$/.test(one)))
      await client.query(text).catch(() => {});
    await client.query("reset all");
    await trial.look();
    return (await trial.step(migrations.at(-1)!, true)) ?? trial.end();
  });
}

async function onGround<T>(
  { server, dumper, base, others }: Ground,
  work: (trial: Trial, client: Client) => Promise<T>,
): Promise<T> {
  await using db = await freshDatabase({ server });
  await db.sql(base);
  await using folder = await tempFolder({});
  const [client, ours] = [keepPlans(await db.client()), keepPlans(await db.client())];
  // What is known before a run is not what is tried here, and takes as long as the run.
  const known = { names: false, privileges: false };
  const executor = new MigrationExecutor({ driver: pg(ours), dir: folder.path, who: "tester", ...known });
  const isDoubted = async (): Promise<boolean> => (await client.query(unvalidated)).rowCount! > 0;
  const state = () => stateOf(client, db.url, dumper);
  const write = others && (() => writeAsOthers(client));
  const trial = new Trial(executor, folder.path, state, isDoubted, write);
  await trial.look();
  return await work(trial, client);
}

// What no rollback can make of rows that came since, and says so.
const refusals =
  /: \d+ rows \(|could not create unique index|violates foreign key constraint|is violated by some row|invalid input syntax for type/;

const unvalidated = "select from pg_constraint where contype = 'f' and not convalidated";

type Client = Parameters<typeof makeMigration>[0];

/** A database whose migrations are done, undone and done again. */
class Trial {
  readonly #executor: MigrationExecutor;
  readonly #dir: string;
  readonly #state: () => Promise<State>;
  /** Whether there are keys that were never validated. */
  readonly #isDoubted: () => Promise<boolean>;
  readonly #write: (() => Promise<number>) | undefined;
  #now!: State;
  /** Before each of the last migrations that are applied and are to come back whole. */
  #kept: State[] = [];
  #version = 1000;

  constructor(
    executor: MigrationExecutor,
    dir: string,
    state: () => Promise<State>,
    isDoubted: () => Promise<boolean>,
    write?: () => Promise<number>,
  ) {
    this.#executor = executor;
    this.#dir = dir;
    this.#state = state;
    this.#isDoubted = isDoubted;
    this.#write = write;
  }

  async look(): Promise<void> {
    this.#now = await this.#state();
  }

  /** What is wrong with it, if anything. Where it comes back whole it may stay. */
  async step(migration: Migration, stays: boolean, counts?: Counts): Promise<string | undefined> {
    const before = this.#now;
    const version = String(this.#version++);
    const path = join(this.#dir, `${version}_it.sql`);
    await writeFile(path, migration.join(";\n"));
    const up = await this.#executor.execute(version);
    if (up.outcome !== "applied") return this.#refused(before, up, path, counts);
    const written = await this.#write?.();
    const down = await this.#executor.rollback();
    if (written !== undefined) return this.#underWrites(before, migration, down, written, path, counts);
    const { class: verdict = "", reason = "", rows } = down.steps[0] ?? {};
    this.#now = await this.#state();
    // A row that came may be what another one has long referred to, by a key that was never validated: it is named, and stays.
    const named = rows !== undefined && rows.conflicts > 0 && (await this.#isDoubted());
    const whole = !named && (verdict === "exact" || verdict === "needs-data");
    if (counts)
      count(counts, migration, whole, named ? "rows that an unvalidated key refers to" : `${verdict}: ${reason}`);
    if (!whole) {
      this.#kept = [];
      await this.#forget(path, down);
      return undefined;
    }
    if (down.outcome !== "rolled-back")
      return `rollback fails: ${verdict} ${down.outcome} ${down.error?.message} ${down.error?.help ?? ""}`;
    const left = differences(before, this.#now);
    if (left.length > 0) return `not as before: ${verdict} ${reason}\n${left.join("\n")}`;
    if (rows !== undefined && rows.conflicts > 0) return `conflicts: ${JSON.stringify(rows)}`;
    if (!stays) {
      await rm(path);
      return undefined;
    }
    const again = await this.#executor.execute(version);
    // Sequences are not set back, so that what they gave may be taken by now.
    if (again.outcome !== "applied") return this.#refused(this.#now, again, path, counts);
    this.#kept.push(before);
    await this.look();
    return undefined;
  }

  /** What is wrong with a rollback after others have written: what they wrote may stand in its way. */
  async #underWrites(
    before: State,
    migration: Migration,
    { outcome, steps, error }: RunReport,
    written: number,
    path: string,
    counts?: Counts,
  ): Promise<string | undefined> {
    await rm(path);
    this.#now = await this.#state();
    const { class: verdict = "", reason = "" } = steps[0] ?? {};
    const inTheWay = outcome !== "rolled-back" && refusals.test(error?.message ?? "");
    if (counts) {
      count(counts, migration, !inTheWay, `in the way: ${error?.message ?? ""}`);
      counts.written = (counts.written ?? 0) + written;
    }
    if (inTheWay) return undefined;
    if (outcome !== "rolled-back") return `rollback fails: ${verdict} ${outcome} ${error?.message}`;
    if (verdict === "lossy") return undefined;
    const left = differences({ ...before, rows: {} }, { ...this.#now, rows: {} });
    return left.length > 0 ? `not as before: ${verdict} ${reason}\n${left.join("\n")}` : undefined;
  }

  /** Takes back what stayed, the last first, in one run. */
  async end(): Promise<string | undefined> {
    if (this.#kept.length === 0) return undefined;
    const down = await this.#executor.rollback(this.#kept.length);
    if (down.outcome !== "rolled-back") return `all do not go back: ${down.outcome} ${down.error?.message}`;
    // As above.
    if (down.steps.some(({ rows }) => rows !== undefined && rows.conflicts > 0)) return undefined;
    const left = differences(this.#kept[0]!, await this.#state());
    return left.length > 0 ? `all are not as before:\n${left.join("\n")}` : undefined;
  }

  async #refused(before: State, up: RunReport, path: string, counts?: Counts): Promise<string | undefined> {
    if (counts) counts.refused += 1;
    await rm(path);
    if (up.outcome !== "failed") return `up: ${up.outcome} ${up.error?.message ?? JSON.stringify(up.findings)}`;
    await this.look();
    const left = differences(before, this.#now);
    return left.length > 0 ? `changed by what failed: ${up.error?.message}\n${left.join("\n")}` : undefined;
  }

  /** Goes on from wherever a rollback has led that was not promised. */
  async #forget(path: string, down: RunReport): Promise<void> {
    if (down.outcome === "rolled-back") await rm(path);
  }
}

function count(counts: Counts, migration: Migration, whole: boolean, why: string): void {
  counts.migrations += 1;
  counts.steps += migration.length;
  if (whole) counts.whole += migration.length;
  else counts.lost.set(why, (counts.lost.get(why) ?? 0) + 1);
}
