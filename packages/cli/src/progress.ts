// Owns how a run is told while it goes on: a line for what is done, the spinner for what is being done.
import type { Observe, RunEvent } from "@clew/core";
import { blockerText } from "./errors.ts";
import { formatDuration } from "./durations.ts";
import { ofEvents, type Output } from "./output.ts";
import { targetText } from "./status-report.ts";
import { count } from "./table.ts";

/** Where there is no spinner, a step that takes long is mentioned so often, in milliseconds. */
const mentionEvery = 10_000;

/** An observer that tells people. */
export function progress(output: Output): Observe {
  const { spinner } = output;
  const log = output.log.withTag(ofEvents);
  let step = "";
  let began = 0;
  let mentioned = 0;
  let waitingFor = "";

  const now = (what: string): void => {
    const text = (): string => `${step}${what} · ${formatDuration(performance.now() - began)}`;
    spinner.show(text);
    if (performance.now() - mentioned < mentionEvery) return;
    mentioned = performance.now();
    if (what) log.info(text());
  };

  return (event: RunEvent) => {
    switch (event.type) {
      case "run.started": {
        const { steps, target } = event.plan;
        const doing = steps[0]?.direction === "down" ? "to roll back" : "to apply";
        return log.info(`${targetText(target)}: ${count(steps.length, "migration")} ${doing}`);
      }
      case "run.waited":
        began ||= performance.now();
        step = `waiting for another run, by ${event.who}`;
        if (waitingFor !== event.who) log.info(step);
        waitingFor = event.who;
        return now("");
      case "step.started":
        step = `${event.version}_${event.name} (${event.at} of ${event.of})`;
        began = mentioned = performance.now();
        return now("");
      case "statement.finished":
        log.debug(`${step} · statement ${event.done} of ${event.of} · ${formatDuration(event.ms)}`);
        return now(` · statement ${event.done} of ${event.of}`);
      case "step.blocked":
        for (const blocker of event.blockers) log.warn(`${step} waits for a lock held by ${blockerText(blocker)}`);
        return;
      case "step.progressed":
        return now(` · ${event.phase}${event.share === null ? "" : ` ${Math.floor(event.share * 100)} %`}`);
      case "step.retried":
        return log.warn(`${step}: ${event.reason}; tried again in ${formatDuration(event.seconds * 1_000)}`);
      case "leftover.dropped":
        return log.info(`${step}: an index was left that is not valid, and is removed: ${event.statement}`);
      case "connection.lost":
        return log.warn(`${step}: the connection was lost: ${event.reason}`);
      case "step.finished":
        spinner.stop();
        return log.success(`${step} · ${formatDuration(event.ms)}`);
      case "step.failed":
        spinner.stop();
        return log.info(`${output.paint("red", "✖")} ${step} · ${formatDuration(event.ms)}`);
      case "run.finished":
        return spinner.stop();
    }
  };
}
