// Pins which backups are kept.
import { expect, test } from "vitest";
import { chooseKept, type RetentionPolicy } from "./prune.ts";
import type { BackupSummary } from "./store.ts";

const now = new Date("2026-11-22T12:00:00Z");

function backup(daysAgo: number, more: Partial<BackupSummary> = {}): BackupSummary {
  const createdAt = new Date(now.getTime() - daysAgo * 86_400_000).toISOString();
  const facts = { scope: "full", database: "db", migrations: [], tables: 1, rows: 1, bytes: 100 } as const;
  return { id: createdAt, createdAt, ...facts, encrypted: false, verified: null, damage: null, ...more };
}

/** The ages in days of those that stay. */
function kept(
  backups: readonly BackupSummary[],
  policy: RetentionPolicy,
  needed: readonly string[] = [],
): readonly number[] {
  return chooseKept(backups, policy, (version) => needed.includes(version), now)
    .filter(({ keep }) => keep)
    .map((one) => Math.round((now.getTime() - Date.parse(one.backup.createdAt)) / 86_400_000));
}

const daily = Array.from({ length: 100 }, (_, at) => backup(99 - at));

test("without a rule all stay; each rule keeps its own", () => {
  expect(kept(daily, {})).toHaveLength(100);
  expect(kept(daily, { last: 3 })).toEqual([2, 1, 0]);
  expect(kept(daily, { days: 2 })).toEqual([1, 0]);
  expect(kept(daily, { last: 1, days: 3 })).toEqual([2, 1, 0]);
  expect(kept(daily, { last: 0 })).toEqual([]);
});

test("the newest of each day, week and month", () => {
  const hourly = Array.from({ length: 48 }, (_, at) => backup((47 - at) / 24));
  expect(kept(hourly, { daily: 2 })).toHaveLength(2);
  // 2026-11-22 is a Sunday, the last day of its week.
  expect(kept(daily, { weekly: 3 })).toEqual([14, 7, 0]);
  expect(kept(daily, { monthly: 3 })).toEqual([53, 22, 0]);
});

test("a limit in bytes lets the oldest go", () => {
  expect(kept(daily, { days: 50, bytes: 250 })).toEqual([1, 0]);
});

test("never the newest verified one, nor one that a rollback needs", () => {
  const verified = { level: "decode", at: now.toISOString() } as const;
  const some = [backup(9, { migrations: ["7"] }), backup(8, { verified }), backup(7, { verified }), backup(1)];
  expect(kept(some, { last: 1 })).toEqual([7, 1]);
  expect(kept(some, { last: 1, bytes: 0 }, ["7"])).toEqual([9, 7]);
});

test("one whose manifest cannot be read is not taken for old", () => {
  expect(kept([backup(0, { createdAt: "" }), backup(1)], { last: 0 })).toHaveLength(1);
});
