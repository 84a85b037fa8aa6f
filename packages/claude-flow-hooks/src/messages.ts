// Owns what a swarm is told of a run: each event of the engine as messages of Claude Flow.
import { redact, type RunEvent } from "@clew/core";
import { advance, begin, documentOf, finish, type MigrationStatus } from "./status.ts";

/** One thing that Claude Flow is told. What memory is to hold is made when it is sent: of many states only the newest is. */
export type Message =
  | { readonly kind: "pre-task"; readonly task: string; readonly description: string }
  | { readonly kind: "post-edit"; readonly file: string; readonly success: boolean; readonly key: string }
  | { readonly kind: "memory"; readonly key: string; readonly value: () => string }
  | { readonly kind: "notify"; readonly message: string; readonly level: "info" | "error" }
  | { readonly kind: "post-task"; readonly task: string; readonly success: boolean; readonly ms: number };

/** Turns the events of runs into messages, in their order. */
export interface Teller {
  hear(event: RunEvent): readonly Message[];
  /** What is left to say of a run that ended without a report. */
  end(): readonly Message[];
}

export function makeTeller(key: string): Teller {
  let status: MigrationStatus | undefined;
  let files = new Map<string, string>();

  const stored = (now: MigrationStatus): Message => ({ kind: "memory", key, value: () => redact(documentOf(now)) });

  const over = (last: MigrationStatus): readonly Message[] => {
    status = undefined;
    const success = last.state === "applied" || last.state === "rolled-back" || last.state === "nothing-to-do";
    const { done, of } = last.progress;
    const { code, sqlstate, version } = last.result?.error ?? {};
    const why = [code, sqlstate && `SQLSTATE ${sqlstate}`, version && `in ${version}`].filter(Boolean).join(", ");
    const message = `migrations ${last.state}: ${done} of ${of}${why ? ` (${why})` : ""}`;
    return [
      stored(last),
      { kind: "notify", message, level: success ? "info" : "error" },
      { kind: "post-task", task: taskOf(last.run), success, ms: last.result?.ms ?? 0 },
    ];
  };

  return {
    hear(event) {
      switch (event.type) {
        case "run.started": {
          const { run, plan } = event;
          status = begin(run, plan);
          files = new Map(plan.steps.map(({ version, path }) => [version, path]));
          const what = status.direction === "up" ? "apply" : "roll back";
          const names = plan.steps.slice(0, 5).map(({ version, name }) => `${version}_${name}`);
          const more = plan.steps.length > names.length ? ", …" : "";
          const description = redact(`${what} ${plan.steps.length} migrations: ${names.join(", ")}${more}`);
          return [{ kind: "pre-task", task: taskOf(run), description }, stored(status)];
        }
        case "step.started":
          status &&= advance(status, event);
          return status ? [stored(status)] : [];
        case "step.finished":
        case "step.failed": {
          status &&= advance(status, event);
          if (!status) return [];
          const file = files.get(event.version) ?? `${event.version}_${event.name}.sql`;
          return [{ kind: "post-edit", file, success: event.type === "step.finished", key }, stored(status)];
        }
        case "run.finished":
          return status ? over(finish(status, event.report)) : [];
        default:
          return [];
      }
    },
    end: () => (status ? over(finish(status, undefined)) : []),
  };
}

function taskOf(run: string): string {
  return `clew-${run}`;
}
