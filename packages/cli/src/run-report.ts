// Owns the summary of a run: what was applied, how long it took, and what to do next.
import type { RunReport, StepReport } from "@clew/core";
import type { Paint, Style } from "./colors.ts";
import { formatDuration } from "./durations.ts";
import { count } from "./table.ts";

const statuses: readonly StepReport["status"][] = [
  "applied",
  "applied-elsewhere",
  "rolled-back",
  "failed",
  "skipped",
  "in-doubt",
  "not-run",
];

const words: Readonly<Partial<Record<StepReport["status"], string>>> = {
  "applied-elsewhere": "applied by another run",
  "rolled-back": "rolled back",
  "in-doubt": "in doubt",
  "not-run": "not run",
};

export function runText(report: RunReport, paint: Paint): string {
  const { outcome, target, kind } = report;
  const took = formatDuration(report.ms);
  const tally = tallyOf(report);
  const of = (status: StepReport["status"]): number => report.steps.filter((step) => step.status === status).length;
  const said = (style: Style, text: string, next?: string): string =>
    [paint(style, text), ...(next === undefined ? [] : [`Next: ${next}`])].join("\n");
  switch (outcome) {
    case "applied":
      return said(
        "green",
        `Applied ${count(of("applied"), "migration")} to ${target.database} in ${took}${of("applied-elsewhere") > 0 ? ` (${tally})` : ""}.`,
      );
    case "rolled-back":
      return said(
        "green",
        `Rolled back ${count(of("rolled-back"), "migration")} on ${target.database} in ${took}.`,
        `\`clew execute\` applies ${of("rolled-back") === 1 ? "it" : "them"} again.`,
      );
    case "nothing-to-do":
      if (tally) return said("green", `Nothing left to do on ${target.database}: ${tally}.`);
      return said(
        "green",
        `Nothing to do: no migration is ${kind === "execute" ? "pending" : "applied"} on ${target.database}.`,
      );
    case "partly-applied":
      return said(
        "red",
        `Partly applied in ${took}: ${tally}.`,
        "correct what was skipped, then `clew execute --out-of-order`.",
      );
    case "failed":
      return said(
        "red",
        `Failed after ${took}: ${tally}.`,
        `correct it and run \`clew ${kind}\` again; what is done stays done.`,
      );
    case "unverified":
      return said("red", `Applied in ${took}, but not verified: ${tally}.`, "look at the findings.");
    case "in-doubt":
      return said("red", `In doubt after ${took}: ${tally}.`, "`clew status`, once the database answers.");
    case "interrupted":
      return said("yellow", `Interrupted after ${took}: ${tally}.`, `\`clew ${kind}\` goes on from there.`);
    case "another-run":
      return said(
        "yellow",
        `Another run is at work, or won: ${tally}.`,
        "`clew status`, and run again if something is pending.",
      );
  }
}

/** `2 applied, 1 failed, 3 not run` */
function tallyOf({ steps }: RunReport): string {
  return statuses
    .map((status) => ({ status, number: steps.filter((step) => step.status === status).length }))
    .filter(({ number }) => number > 0)
    .map(({ status, number }) => `${number} ${words[status] ?? status}`)
    .join(", ");
}
