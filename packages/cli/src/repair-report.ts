// Owns how it is shown what brings history and files into step.
import type { AdoptReport, BaselineReport, MarkReport, RepairReport } from "@clew/core";
import type { Paint } from "./colors.ts";
import { targetText } from "./status-report.ts";
import { count } from "./table.ts";

/** What is mended, what is not, and what it comes to. */
export function repairText({ id, target, mends, left, outcome, done }: RepairReport, paint: Paint): string {
  const lines = mends.map(({ words }) => `  ${paint("green", done ? "✔" : "→")} ${words}`);
  const open = left.map(({ message, help }) => `  ${paint("yellow", "!")} ${message}\n    ${paint("dim", help)}`);
  const verdict = verdictOf(mends.length, left.length, outcome, done);
  return [targetText(target), ...lines, ...open, verdict, ...(done || mends.length === 0 ? [] : [idText(id)])].join(
    "\n",
  );
}

function verdictOf(mends: number, left: number, outcome: RepairReport["outcome"], done: boolean): string {
  if (outcome === "in-step") return "History and files are in step.";
  const mended = `${mismatches(mends)} ${done ? "mended" : "would be mended; nothing was changed"}`;
  const open = left === 0 ? "" : `${mends === 0 ? "" : "; "}${left} left, see above`;
  return `${mends === 0 ? "" : mended}${open}.`;
}

export function markText({ outcome, id, version, status, target }: MarkReport): string {
  if (outcome === "in-step") return `Nothing to do: ${version} is ${wordFor[status]} on ${target.database}.`;
  if (outcome === "proposed")
    return `${version} would be marked as ${status} on ${target.database}; nothing was changed.\n${idText(id)}`;
  return `Marked ${version} as ${status} on ${target.database}; nothing of it was run.`;
}

const wordFor = { applied: "applied", reverted: "not applied" } as const;

/** What the database lacks of the files, and what it comes to. */
export function baselineText(
  { id, target, versions, missing, doubtful, outcome }: BaselineReport,
  paint: Paint,
): string {
  const marked = count(versions.length, "migration");
  const verdict = {
    "in-step": "Nothing to do: these migrations are applied.",
    proposed: `${marked} would be marked as applied; nothing was changed.`,
    marked: `${marked} marked as applied; nothing was run.`,
    missing: `The database does not have what these files make; nothing was changed. Choose an older version, make what is missing, or give --force.`,
  }[outcome];
  return [
    targetText(target),
    ...missing.map((line) => `  ${paint("red", "missing")} ${line}`),
    ...doubtful.map((line) => `  ${paint("yellow", "perhaps")} ${line}`),
    verdict,
    ...(outcome === "proposed" ? [idText(id)] : []),
  ].join("\n");
}

/** What is taken over, and what stands in the way. */
export function adoptText(report: AdoptReport, paint: Paint): string {
  const { target, tool, table, from, by, applied, pending, files, left, outcome } = report;
  const verdict = {
    "in-step": `Nothing to do: ${tool} has been taken over.`,
    proposed: `${count(applied.length, "migration")} would count as applied, ${pending.length} pending; ${count(files.length, "file")} would be written; nothing was changed.`,
    adopted: `${count(applied.length, "migration")} taken over from ${tool}, ${pending.length} pending; ${count(files.length, "file")} written. Its table and files are as they were.`,
    left: "Nothing was changed: see above.",
  }[outcome];
  const list = (word: string, labels: AdoptReport["applied"]): readonly string[] =>
    labels.map(({ version, name }) => `  ${paint("dim", word)} ${version} ${name}`);
  return [
    targetText(target),
    `${tool}: ${table === "" ? "no table, so nothing counts as applied" : `table ${table}`}; files in ${from}`,
    ...(by === "schema" ? ["What is applied is not there as SQL: the schema as it is becomes one migration."] : []),
    ...list("applied", applied),
    ...list("pending", pending),
    ...left.map(({ message, help }) => `  ${paint("yellow", "!")} ${message}\n    ${paint("dim", help)}`),
    verdict,
    ...(outcome === "proposed" ? [idText(report.id)] : []),
  ].join("\n");
}

/** What an approval names. */
function idText(id: string): string {
  return `Id: ${id}`;
}

/** `1 mismatch`, `2 mismatches` */
export function mismatches(number: number): string {
  return `${number} mismatch${number === 1 ? "" : "es"}`;
}
