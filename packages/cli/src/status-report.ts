// Owns how status and validate are shown.
import type { StatusReport, StatusStep } from "@clew/core";
import type { Paint, Style } from "./colors.ts";
import { findingsText } from "./findings.ts";
import { count, table, type Cell } from "./table.ts";

const styles: Readonly<Record<StatusStep["status"], Style>> = {
  applied: "green",
  pending: "cyan",
  changed: "yellow",
  missing: "yellow",
  "partly-applied": "yellow",
  "in-doubt": "red",
  failed: "red",
};

/** The table of migrations, then what is out of step, then the count. */
export function statusText(report: StatusReport, paint: Paint): string {
  const { steps, target, running, findings } = report;
  const heading: readonly Cell[] = [
    ["version", "dim"],
    ["name", "dim"],
    ["status", "dim"],
    ["applied", "dim"],
    ["by", "dim"],
    ["rollback", "dim"],
  ];
  const rows = steps.map((step): readonly Cell[] => [
    step.version,
    step.name,
    [statusWord(step), styles[step.status]],
    step.appliedAt ? timeText(step.appliedAt) : "",
    [step.who, step.tool].filter(Boolean).join(", "),
    [step.rollback, step.class, step.proof].filter(Boolean).join(", "),
  ]);
  const failures = steps
    .filter((step) => step.failure !== undefined)
    .map((step) => `${paint("red", "failed")} ${step.version}: ${step.failure}`);
  return [
    target ? `${targetText(target)}\n` : "",
    steps.length > 0 ? `${table([heading, ...rows], paint)}\n` : "",
    failures.join("\n"),
    running ? paint("yellow", `A run is at work now, by ${running.who}.`) : "",
    findingsText(findings, paint),
    countsText(report),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** What validate says: what is wrong, what was looked at and what could not be, and whether all is well. */
export function validateText(report: StatusReport, paint: Paint): string {
  const { findings, steps, target, outcome, looked = [] } = report;
  const errors = findings.filter((finding) => finding.severity === "error").length;
  const seen = looked.filter(({ not }) => not === undefined).map(({ what }) => what);
  const unseen = looked.filter(({ not }) => not !== undefined);
  const files = count(steps.filter((step) => step.path !== undefined).length, "file");
  const against = target ? `, compared with ${target.database}` : "";
  const verdict =
    outcome === "invalid"
      ? paint("red", `Not valid: ${count(errors, "error")}.`)
      : unseen.length > 0
        ? paint("yellow", "Nothing wrong was found, but not all could be looked at.")
        : paint("green", "Valid.");
  return [
    findingsText(findings, paint),
    ...[...Map.groupBy(unseen, ({ not }) => not)].map(([not, parts]) =>
      paint("yellow", `Not looked at: ${parts.map(({ what }) => what).join(", ")} (${not}).`),
    ),
    `${verdict} ${files} read${against}. Looked at: ${seen.join(", ")}.`,
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** `portfolio, as postgres, on Postgres 17.10` */
export function targetText({ database, user, server }: NonNullable<StatusReport["target"]>): string {
  return `Database ${database}, as ${user}, on Postgres ${server}`;
}

function statusWord({ status, segments }: StatusStep): string {
  return segments ? `${status} (${segments.done} of ${segments.of})` : status;
}

function countsText({ counts, outcome }: StatusReport): string {
  const parts = [`${counts.applied} applied`, `${counts.pending} pending`];
  if (counts.changed > 0) parts.push(`${counts.changed} changed`);
  if (counts.missing > 0) parts.push(`${counts.missing} missing`);
  const next = outcome === "in-doubt" || counts.pending > 0 ? " Next: `clew execute`." : "";
  return `${parts.join(", ")}.${next}`;
}

function timeText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
