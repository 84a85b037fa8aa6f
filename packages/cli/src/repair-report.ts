// Owns how a repair is shown.
import type { MarkReport, RepairReport } from "@clew/core";
import type { Paint } from "./colors.ts";
import { targetText } from "./status-report.ts";

/** What is mended, what is not, and what it comes to. */
export function repairText({ target, mends, left, outcome, done }: RepairReport, paint: Paint): string {
  const lines = mends.map(({ words }) => `  ${paint("green", done ? "✔" : "→")} ${words}`);
  const open = left.map(({ message, help }) => `  ${paint("yellow", "!")} ${message}\n    ${paint("dim", help)}`);
  return [targetText(target), ...lines, ...open, verdictOf(mends.length, left.length, outcome, done)].join("\n");
}

function verdictOf(mends: number, left: number, outcome: RepairReport["outcome"], done: boolean): string {
  if (outcome === "in-step") return "History and files are in step.";
  const mended = `${mismatches(mends)} ${done ? "mended" : "would be mended; nothing was changed"}`;
  const open = left === 0 ? "" : `${mends === 0 ? "" : "; "}${left} left, see above`;
  return `${mends === 0 ? "" : mended}${open}.`;
}

export function markText({ outcome, version, status, target }: MarkReport): string {
  if (outcome === "in-step") return `Nothing to do: ${version} is ${wordFor[status]} on ${target.database}.`;
  if (outcome === "proposed")
    return `${version} would be marked as ${status} on ${target.database}; nothing was changed.`;
  return `Marked ${version} as ${status} on ${target.database}; nothing of it was run.`;
}

const wordFor = { applied: "applied", reverted: "not applied" } as const;

/** `1 mismatch`, `2 mismatches` */
export function mismatches(number: number): string {
  return `${number} mismatch${number === 1 ? "" : "es"}`;
}
