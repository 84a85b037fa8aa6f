// Compares what classify says of a statement with what was measured.
import type { Classification, Lock, Touch } from "@clew/sql-analyzer";
import { lockModes, type Measured } from "./measured.ts";

/**
 * Where they disagree: something was seen that classify does not foresee, or what it is certain of was not seen. What it
 * foresees under a condition may be there or not.
 */
export function disagreements(said: Classification, measured: Measured, planned: boolean): readonly string[] {
  const found: string[] = [];
  for (const [role, mode] of Object.entries(measured.locks)) {
    const modes = said.locks.filter((lock) => roleOf(lock) === role).map((lock) => lockModes.indexOf(lock.mode));
    if (Math.max(-1, ...modes) < lockModes.indexOf(mode)) found.push(`${role} was locked ${mode}`);
  }
  for (const lock of certain<Lock>(said.locks)) {
    const seen = measured.locks[roleOf(lock)];
    const stronger = lockModes.indexOf(seen ?? "") > lockModes.indexOf(lock.mode);
    if (seen !== lock.mode && !stronger)
      found.push(`${roleOf(lock)} was locked ${seen ?? "not at all"}, not ${lock.mode}`);
  }
  found.push(...work("rewritten", said.rewrite.relations, measured.rewrites));
  if (!planned) found.push(...work("scanned", said.scan.relations, measured.scans));
  found.push(...said.unknown.filter((reason) => reason.endsWith("was not measured")));
  return found;
}

function work(verb: string, said: readonly Touch[], seen: readonly string[]): string[] {
  const foreseen = new Set(said.map(roleOf));
  const expected = certain(said).map(roleOf);
  return [
    ...seen.filter((role) => !foreseen.has(role)).map((role) => `${role} was ${verb}`),
    ...expected.filter((role) => !seen.includes(role)).map((role) => `${role} was not ${verb}`),
  ];
}

function certain<T extends Touch>(touches: readonly T[]): readonly T[] {
  return touches.filter(({ when }) => when === undefined);
}

/** The name of the fixture's relation, as `Measured` has it. */
function roleOf({ relation, kin }: Touch): string {
  if (kin === "partitions" && relation?.name === "other") return "otherpartitions";
  return kin ?? relation!.name;
}
