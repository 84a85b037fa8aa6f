// Owns the round trip of a migration: up, down and up again on a real server, and what of it did not come out the same.
import { MigrationExecutor, type ExecutorOptions, type RollbackClass } from "@clew/core";
import { tempFolder, type Database } from "@clew/kit";
import type { Dumper } from "./dump.ts";
import { differences, stateOf, type State } from "./state.ts";

export interface RoundTrip {
  /** What was said that the rollback gives back; undefined where the migration itself did not run. */
  readonly class: RollbackClass | undefined;
  readonly reason: string;
  /** Whether the migration changed anything that is compared. */
  readonly changed: boolean;
  /** What the rollback left otherwise than before, or its error. Empty where all is as it was. */
  readonly back: readonly string[];
  /** What the second time made otherwise than the first, or its error. */
  readonly again: readonly string[];
  /** What is there once it has run. */
  readonly after: State;
}

/**
 * Ends with the migration applied; where it could not be taken back, or not done again, as that left it. `known` is the
 * state before, where somebody has looked.
 */
export async function roundTrip(
  db: Database,
  dumper: Dumper,
  text: string,
  version = "1",
  where: Pick<ExecutorOptions, "databaseUrl" | "supabaseUrl" | "serviceKey"> = { databaseUrl: db.url },
  known?: State,
): Promise<RoundTrip> {
  await using folder = await tempFolder({ [`${version}_it.sql`]: text });
  const executor = new MigrationExecutor({ ...where, dir: folder.path, who: "tester" });
  const client = await db.client();
  const state = () => stateOf(client, db.url, dumper);
  const before = known ?? (await state());
  const up = await executor.execute(version);
  if (up.outcome !== "applied")
    throw new Error(`${up.outcome}: ${up.error?.message ?? JSON.stringify(up.findings)}\n${text}`);
  const after = await state();
  const down = await executor.rollback();
  const { class: verdict, reason = "" } = down.steps[0]!;
  const changed = differences(before, after).length > 0;
  if (down.outcome !== "rolled-back")
    return { class: verdict, reason, changed, back: [down.error?.message ?? down.outcome], again: [], after };
  const back = differences(before, await state());
  const second = await executor.execute(version);
  const again = second.outcome === "applied" ? differences(after, await state()) : [String(second.error?.message)];
  return { class: verdict, reason, changed, back, again, after };
}
