// Owns how proofs of rollbacks are shown.
import type { ProofReport, ProofStep } from "@clew/core";
import type { Paint, Style } from "./colors.ts";
import { formatDuration } from "./durations.ts";
import { findingsText } from "./findings.ts";
import { targetText } from "./status-report.ts";
import { count, table } from "./table.ts";

const styles: Readonly<Record<ProofStep["proof"], Style>> = {
  proved: "green",
  "proved-structure": "green",
  disproved: "red",
  "not-provable": "yellow",
  unproved: "yellow",
};

/** The verdict on each migration, then what is different, then what it comes to. */
export function proofText(report: ProofReport, paint: Paint): string {
  const { steps, target, scratch, findings } = report;
  const rows = steps.map((step) => [
    step.version,
    step.name,
    [wordOf(step), styles[step.proof]] as const,
    step.rollback === "none" ? "" : [step.rollback, step.class].filter(Boolean).join(", "),
    step.rows && step.rows.tables > 0 ? `${count(step.rows.rows, "row")} in ${count(step.rows.tables, "table")}` : "",
    formatDuration(step.ms),
  ]);
  const place = scratch && (scratch.place === "server" ? "a database of its own" : "a database in memory");
  return [
    target ? targetText(target) : "",
    place ? `Tried in ${place}, on Postgres ${scratch!.server}\n` : "",
    steps.length > 0 ? `${table(rows, paint)}\n` : "",
    ...steps.flatMap((step) => detailText(step, paint)),
    findingsText(findings, paint),
    verdictText(report, paint),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function wordOf({ proof }: ProofStep): string {
  if (proof === "proved-structure") return "schema proved, rows not";
  return proof === "not-provable" ? "not provable" : proof;
}

/** Why it is not proved, what is different, and the SQL that the rollback would have needed. */
function detailText({ version, proof, reason, differences }: ProofStep, paint: Paint): readonly string[] {
  if (reason === undefined) return [];
  const lines = [`${paint(styles[proof], `${version}:`)} ${reason}`];
  for (const word of differences?.words ?? []) lines.push(`  ${word}`);
  if (differences && differences.sql.length > 0) {
    lines.push("  What is missing in the rollback, as SQL:", ...differences.sql.map((sql) => `    ${sql};`));
  }
  return [`${lines.join("\n")}\n`];
}

function verdictText({ outcome, steps, ms }: ProofReport, paint: Paint): string {
  const of = (proof: ProofStep["proof"]): number => steps.filter((step) => step.proof === proof).length;
  const took = formatDuration(ms);
  switch (outcome) {
    case "nothing-to-do":
      return paint("green", "Nothing to prove: no migration is pending.");
    case "proved":
      return paint("green", `Proved ${count(steps.length, "rollback")} in ${took}.`);
    case "unproved":
      return paint("yellow", `Not provable: ${of("not-provable")} of ${count(steps.length, "rollback")}, in ${took}.`);
    case "disproved":
      return paint("red", `Disproved: ${of("disproved")} of ${count(steps.length, "rollback")}, in ${took}.`);
  }
}
