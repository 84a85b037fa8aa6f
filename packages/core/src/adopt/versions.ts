// Owns the versions that other tools' migrations get: digits that sort as text in the tool's order, before all that comes. Pure.
import { compareVersions } from "../store/state.ts";

/**
 * The tool's own versions where they are such already; else padded with zeros; else counted.
 * `next` is a version that a migration made now would get.
 */
export function versionsFor(theirs: readonly (string | undefined)[], next: string): readonly string[] {
  const known = theirs.filter((version) => version !== undefined);
  const isOurs = (versions: readonly string[]): boolean =>
    versions.length === theirs.length &&
    versions.every(
      (version, at) => /^\d+$/.test(version) && (at === 0 || compareVersions(versions[at - 1]!, version) < 0),
    ) &&
    (versions.length === 0 || compareVersions(versions.at(-1)!, next) < 0);
  if (isOurs(known)) return known;
  const longest = Math.max(...known.map((version) => version.length), 4);
  const padded = known.map((version) => version.padStart(longest, "0"));
  if (isOurs(padded)) return padded;
  const width = Math.max(4, String(theirs.length).length);
  return theirs.map((_, at) => String(at + 1).padStart(width, "0"));
}

/** The version that a migration made now would get: the time in UTC, to the second. */
export function versionOfNow(): string {
  return new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
}

/** Compares versions as numbers with dots, as Flyway does. */
export function compareDotted(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[._]/).map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
