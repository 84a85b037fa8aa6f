// Owns the report of what is applied, pending, changed, missing. Pure.
import type { Comparison } from "./compare.ts";
import type { MigrationFile } from "../files/read.ts";
import type { Proof, ReportFinding, StatusReport, StatusStep } from "../report.ts";
import { worstOf } from "../rollback/class.ts";
import { compareVersions, type HistoryRow, type State } from "../store/state.ts";

export function statusReport(
  kind: StatusReport["kind"],
  files: readonly MigrationFile[],
  state: State | undefined,
  comparison: Comparison,
  changed: readonly MigrationFile[],
  findings: readonly ReportFinding[],
  /** How many segments a partly applied file has, by version. */
  segmentCounts: ReadonlyMap<string, number> = new Map(),
  /** What was proved of rollbacks, by version. */
  proofs: ReadonlyMap<string, Proof> = new Map(),
): StatusReport {
  const differs = new Set(changed);
  const journal = new Map(state?.migrations.map((row) => [row.version, row]));
  const attempts = new Map(state?.attempts.map((row) => [row.version, row]));
  const applied = new Set(comparison.applied.map(({ file }) => file));
  const kept = Map.groupBy(state?.rollbacks ?? [], ({ version }) => version);
  const running = state?.lease?.alive ? state.lease : undefined;

  const ofFile = (file: MigrationFile): StatusStep => {
    const { version, name, path } = file;
    const { rollback, ...back } = backOf(version, file.down);
    if (applied.has(file)) {
      const status = differs.has(file) ? "changed" : "applied";
      return { version, name, path, status, ...origin(version), rollback, ...back };
    }
    const segments = state?.segments.filter((row) => row.version === version && row.direction === "up") ?? [];
    const attempt = attempts.get(version);
    const failure =
      attempt?.outcome === "failed" ? { failure: [attempt.sqlstate, attempt.message].filter(Boolean).join(" ") } : {};
    if (segments.length > 0) {
      const begun = segments.some((row) => row.state === "intended") && !running;
      const of = segmentCounts.get(version);
      const done = segments.filter((row) => row.state === "done").length;
      const parts = of === undefined ? {} : { segments: { done, of } };
      return { version, name, path, status: begun ? "in-doubt" : "partly-applied", rollback, ...parts, ...failure };
    }
    return { version, name, path, status: attempt?.outcome === "failed" ? "failed" : "pending", rollback, ...failure };
  };

  const origin = (version: string): Pick<StatusStep, "appliedAt" | "who" | "tool"> => {
    const row = journal.get(version);
    return row ? { appliedAt: row.appliedAt, who: row.who, tool: row.tool } : { tool: "another tool" };
  };

  const backOf = (version: string, down?: string): Pick<StatusStep, "rollback" | "class" | "backup" | "proof"> => {
    const known = proofs.get(version);
    const proof = known === undefined ? {} : { proof: known };
    if (down !== undefined) return { rollback: "hand-written", ...proof };
    const segments = kept.get(version);
    if (segments === undefined) return { rollback: "none" };
    const { class: verdict } = worstOf(segments);
    const backup = segments.find(({ outside }) => outside)?.outside;
    const rollback = verdict === "impossible" ? "none" : "synthesised";
    return { rollback, class: verdict, ...(backup ? { backup } : {}), ...proof };
  };

  const ofRow = ({ version, name }: HistoryRow): StatusStep => ({
    version,
    name: name ?? "",
    status: "missing",
    ...origin(version),
    ...backOf(version),
  });
  const missing = comparison.missing.map(ofRow);
  const steps = [...files.map(ofFile), ...missing].sort((a, b) => compareVersions(a.version, b.version));
  const counts = {
    applied: comparison.applied.length + missing.length,
    pending: comparison.pending.length,
    missing: missing.length,
    changed: changed.length,
  };
  return {
    kind,
    outcome: outcomeOf(steps, findings, counts.pending),
    ...(state ? { target: state.target } : {}),
    counts,
    steps,
    findings,
    ...(running ? { running: { run: running.holder, who: running.who } } : {}),
  };
}

function outcomeOf(
  steps: readonly StatusStep[],
  findings: readonly ReportFinding[],
  pending: number,
): StatusReport["outcome"] {
  if (findings.some((finding) => finding.severity === "error")) return "invalid";
  if (steps.some((step) => step.status === "in-doubt")) return "in-doubt";
  return pending > 0 ? "pending" : "up-to-date";
}
