// What an app that uses the engine writes: it must type-check against the packed declarations, and run.
import type { BackupManifest } from "@clew/backup";
import type { MigrationStatus } from "@clew/claude-flow-hooks";
import { isClewError, MigrationExecutor, pg } from "@clew/core";
import type { Check, Driver, Observe, Plan, RunReport, StatusReport } from "@clew/core";
import { Client } from "pg";

const url = process.env["TARGET"]!;
const driver: Driver = pg(() => new Client(url));
const seen: string[] = [];
const observe: Observe = (event) => seen.push(event.type);
const check: Check = {
  name: "small",
  when: "before",
  run: async ({ plan }) => (plan.steps.length > 9 ? [tooMany] : []),
};
const tooMany = { code: "TOO_MANY", severity: "error", message: "too many migrations at once" } as const;

const executor = new MigrationExecutor({ driver, dir: "migrations", observers: [observe], checks: [check] });
const plan: Plan = await executor.plan();
const report: RunReport = await executor.executeAll();
const status: StatusReport = await executor.getStatus();
const back: RunReport = await executor.rollback({ to: "01" });
const refused = await executor.rollback({ to: "99" }).catch((error: unknown) => isClewError(error, "UNKNOWN_VERSION"));
const state: MigrationStatus["state"] = report.outcome;
const saved: readonly BackupManifest[] = [];
console.log(JSON.stringify({ planned: plan.steps.length, report, status, back, refused, seen, state, saved }));
