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
  const effects = steps.flatMap((step) => [...effectLines(step, paint), ...proofLines(step, paint)]);
  return [
    targetText(target),
    `Plan ${id}, from ${base ?? "an empty history"}`,
    "",
    table(rows, paint),
    ...(effects.length > 0 ? ["", ...effects] : []),
  ].join("\n");
}

/** What a step does to what is there: nothing is said of what it makes, or only reads. */
function effectLines({ version, effects }: PlanStep, paint: Paint): readonly string[] {
  if (effects === undefined) return [];
  const { locks, rewrites, destroys, tables } = effects;
  const sizes = new Map(tables.map((one) => [one.relation, one]));
  const sized = (relation: string): string => {
    const size = sizes.get(relation);
    if (size === undefined) return relation;
    const rows = size.rows > 0 ? `about ${count(size.rows, "row")}, ` : "";
    return `${relation} (${rows}${bytesText(size.bytes)})`;
  };
  const held = locks.filter(({ relation, mode }) => sizes.has(relation) && !light.has(mode));
  const lines = [
    ...held.map(({ relation, mode }) => `locks ${sized(relation)}: ${mode}`),
    ...rewrites.map((relation) => `rewrites ${sized(relation)}`),
    ...destroys.map(({ what, words, by, when, at }) =>
      paint(
        "yellow",
        `${verbOf(what)} ${words}${by ? ` by ${by}` : ""}${when ? `, ${when}` : ""} (${at.path}:${at.line}:${at.column})`,
      ),
    ),
  ];
  return lines.map((line) => `  ${version}  ${line}`);
}

function verbOf(what: NonNullable<PlanStep["effects"]>["destroys"][number]["what"]): string {
  if (what === "values") return "overwrites";
  return what === "position" ? "resets" : "destroys";
}

/** Locks that keep nobody from reading and writing. */
const light: ReadonlySet<string> = new Set(["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"]);

function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"] as const;
  const at = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log(bytes) / Math.log(1024)));
  return `${(bytes / 1024 ** at).toFixed(at === 0 || at === 1 ? 0 : 1)} ${units[at]}`;
}

/** What a plan comes to, where it is only shown. */
export function verdictText({ steps }: Plan): string {
  const what = steps[0]?.direction === "down" ? "rolled back" : "applied";
  return `${count(steps.length, "migration")} would be ${what}; nothing was changed.`;
}

/** What the way back of a step is, or the statements of one that is to be taken. */
function backText({ rollback, class: verdict, reason, direction, proof }: PlanStep): string {
  if (rollback === "none") return "";
  if (rollback === "hand-written") return [rollback, proof].filter(Boolean).join(", ");
  return `${direction === "down" ? rollback : "rollback"}: ${[verdict, proof, reason].filter(Boolean).join(", ")}`;
}

/** Why rollbacks are not proved. */
function proofLines({ version, proof, evidence }: PlanStep, paint: Paint): readonly string[] {
  if (evidence?.reason === undefined) return [];
  const words = (evidence.differences ?? []).slice(0, 5).map((word) => `\n    ${word}`);
  return [
    `  ${version}  ${paint(proof === "disproved" ? "red" : "yellow", `rollback ${proof}: ${evidence.reason}`)}${words.join("")}`,
  ];
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

function kindsText({ segments, direction, rollback }: PlanStep): string {
  // Most of a rollback that was made are statements that look after rows: what they are tells nobody what comes back.
  if (direction === "down" && rollback === "synthesised") return "";
  const kinds = new Map<string, number>();
  for (const segment of segments) {
    for (const [kind, number] of Object.entries(segment.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + number);
  }
  const sorted = [...kinds]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, number]) => (number > 1 ? `${kind} × ${number}` : kind));
  return sorted.length > 4 ? `${sorted.slice(0, 4).join(", ")}, …` : sorted.join(", ");
}
