// Owns how what an earlier run has left is told to people.
import type { RecoveryReport } from "@clew/core";
import type { Paint } from "./colors.ts";
import { targetText } from "./status-report.ts";

/** Each situation with what is known of it, and what can be done. */
export function recoveryText({ target, outcome, interrupted, situations }: RecoveryReport, paint: Paint): string {
  const parts = situations.map(({ state, version, name, words, actions }) => {
    const what = [version, name].filter(Boolean).join("_");
    const [first, ...rest] = words;
    return [
      `${paint(state === "in-doubt" ? "red" : "yellow", state)}${what ? ` ${what}` : ""}: ${first}`,
      ...rest.map((word) => `  ${word}`),
      ...actions.map((action) => {
        const command = `clew recover${version === undefined ? "" : ` ${version}`} --do ${action.do}`;
        return `  ${paint("bold", command)}  ${action.words}`;
      }),
    ].join("\n");
  });
  const verdict = {
    sound: paint("green", "Sound: no migration is in part or in doubt, none failed, all indexes are valid."),
    running: paint("yellow", "A run is at work now: wait until it ends."),
    broken: "",
    "in-doubt": "",
  }[outcome];
  const ended = interrupted
    ? `The run ${interrupted.run} by ${interrupted.who}, since ${interrupted.since}, never said how it ended.`
    : "";
  return [targetText(target), ended, ...parts, verdict].filter((part) => part !== "").join("\n");
}
