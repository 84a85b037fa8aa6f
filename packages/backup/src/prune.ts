// Owns how long backups are kept: which of them go is decided from the list alone.
import type { Destination } from "./destination.ts";
import { listBackups, type BackupSummary } from "./store.ts";

/** Which backups are kept. One is kept where any of the rules says so; without any rule all are. */
export interface RetentionPolicy {
  /** The newest so many. */
  readonly last?: number;
  /** Those younger than so many days. */
  readonly days?: number;
  /** The newest one of each of so many days, weeks (ISO) and months that have one. */
  readonly daily?: number;
  readonly weekly?: number;
  readonly monthly?: number;
  /** No more than this in all, in bytes: the oldest go, whatever the other rules keep. */
  readonly bytes?: number;
}

/** What is to become of a backup, and why. */
export interface Verdict {
  readonly backup: BackupSummary;
  readonly keep: boolean;
  readonly why: string;
}

/**
 * Says what becomes of each backup, the oldest first. Never the newest verified one goes, nor one that
 * was made for a migration which is `needed`. Pure.
 */
export function chooseKept(
  backups: readonly BackupSummary[],
  policy: RetentionPolicy,
  needed: (version: string) => boolean,
  now: Date,
): readonly Verdict[] {
  const newest = backups.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const verified = newest.find((backup) => backup.verified !== null);
  const kept = new Map<string, string>();
  const keep = (backup: BackupSummary, why: string): void => {
    if (!kept.has(backup.id)) kept.set(backup.id, why);
  };
  const sacred = new Set<string>();
  for (const backup of newest) {
    const version = backup.migrations.find(needed);
    if (version !== undefined) keep(backup, `the rollback of ${version} needs it`);
    else if (backup === verified) keep(backup, "it is the newest verified one");
    else continue;
    sacred.add(backup.id);
  }
  const { last, days, daily, weekly, monthly, bytes } = policy;
  if ([last, days, daily, weekly, monthly].every((rule) => rule === undefined))
    for (const backup of newest) keep(backup, "no rule says that it goes");
  for (const backup of newest.slice(0, last ?? 0)) keep(backup, `it is one of the newest ${String(last)}`);
  for (const backup of newest) {
    const age = (now.getTime() - Date.parse(backup.createdAt)) / 86_400_000;
    if (days !== undefined && age < days) keep(backup, `it is younger than ${String(days)} days`);
    // Nobody knows how old it is.
    if (Number.isNaN(age)) keep(backup, "its manifest cannot be read");
  }
  const rules = [
    [daily, "day", dayOf],
    [weekly, "week", weekOf],
    [monthly, "month", (date: Date) => date.toISOString().slice(0, 7)],
  ] as const;
  for (const [count, period, of] of rules) {
    const seen = new Set<string>();
    for (const backup of newest) {
      const at = Date.parse(backup.createdAt);
      if (Number.isNaN(at) || seen.size >= (count ?? 0)) continue;
      const name = of(new Date(at));
      if (seen.has(name)) continue;
      seen.add(name);
      keep(backup, `it is the newest of its ${period}`);
    }
  }
  let room = bytes ?? Infinity;
  const verdicts = newest.map((backup): Verdict => {
    const why = kept.get(backup.id);
    if (why === undefined) return { backup, keep: false, why: "no rule keeps it" };
    room -= backup.bytes;
    if (room >= 0 || sacred.has(backup.id)) return { backup, keep: true, why };
    return { backup, keep: false, why: `with it there would be more than ${String(bytes)} bytes` };
  });
  return verdicts.reverse();
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** The Monday of its week. */
function weekOf(date: Date): string {
  const monday = new Date(date);
  monday.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return dayOf(monday);
}

/** What `prune` would do. */
export async function planPrune(
  destination: Destination,
  policy: RetentionPolicy,
  needed: (version: string) => boolean,
): Promise<readonly Verdict[]> {
  return chooseKept(await listBackups(destination), policy, needed, new Date());
}

/** Removes those that are not kept, the oldest first. */
export async function prune(destination: Destination, verdicts: readonly Verdict[]): Promise<void> {
  for (const { keep, backup } of verdicts) if (!keep) await destination.remove(backup.id);
}
