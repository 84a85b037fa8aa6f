// Owns how a plan is shown.
import type { Plan, PlanStep } from "@clew/core";
import type { Paint } from "./colors.ts";
import { targetText } from "./status-report.ts";
import { count, table } from "./table.ts";

/** Each migration with what its statements are, and how many fates they have. */
export function planText({ id, base, target, steps }: Plan, paint: Paint): string {
  if (steps.length === 0) return targetText(target);
  const rows = steps.map((step) => [
    step.version,
    step.name,
    `${count(step.statements, "statement")}${modeText(step)}`,
    fateText(step),
    [kindsText(step), "dim"] as const,
    backText(step),
  ]);
  return [targetText(target), `Plan ${id}, from ${base ?? "an empty history"}`, "", table(rows, paint)].join("\n");
}

/** What a plan comes to, where it is only shown. */
export function verdictText({ steps }: Plan): string {
  const what = steps[0]?.direction === "down" ? "rolled back" : "applied";
  return `${count(steps.length, "migration")} would be ${what}; nothing was changed.`;
}

/** What the way back of a step is, or the statements of one that is to be taken. */
function backText({ rollback, class: verdict, reason, direction }: PlanStep): string {
  if (rollback === "none") return "";
  if (direction === "down" || rollback === "hand-written") return rollback;
  return `rollback: ${[verdict, reason].filter(Boolean).join(", ")}`;
}

function modeText({ mode }: PlanStep): string {
  if (mode === "resume") return ", resumed";
  if (mode === "part") return ", the part that has run";
  return mode === "again" ? ", run again" : "";
}

function fateText({ segments }: PlanStep): string {
  const of = (kind: "transaction" | "alone"): number => segments.filter((segment) => segment.kind === kind).length;
  const parts = [
    of("transaction") > 0 ? count(of("transaction"), "transaction") : "",
    of("alone") > 0 ? `${of("alone")} outside` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

function kindsText({ segments }: PlanStep): string {
  const kinds = new Map<string, number>();
  for (const segment of segments) {
    for (const [kind, number] of Object.entries(segment.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + number);
  }
  const sorted = [...kinds]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, number]) => (number > 1 ? `${kind} × ${number}` : kind));
  return sorted.length > 4 ? `${sorted.slice(0, 4).join(", ")}, …` : sorted.join(", ");
}
