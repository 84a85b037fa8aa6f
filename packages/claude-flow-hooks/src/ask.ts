// Owns the question to the swarm before a run: asked through its memory, answered there, or not.
import { setTimeout as sleep } from "node:timers/promises";
import { redact, type Check, type Plan, type ReportFinding } from "@clew/core";
import type { Transport } from "./transport.ts";

/** What the swarm's memory holds while a run waits for its go. */
export interface Question {
  readonly format: 1;
  readonly plan: string;
  readonly at: string;
  /** The key under which an `Answer` is waited for, and for how many milliseconds. */
  readonly answer: string;
  readonly within: number;
  /** What silence comes to. */
  readonly silence: "allows" | "refuses";
  readonly steps: readonly { readonly version: string; readonly name: string; readonly statements: number }[];
}

/** What the swarm writes, as JSON, under the key that the question names. It counts for that plan and no other. */
export interface Answer {
  readonly plan: string;
  readonly go: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export interface AskOptions {
  readonly open: (within: number) => Promise<Transport>;
  /** Where the question is put; answers are expected beside it. */
  readonly folder: string;
  readonly silence: "allows" | "refuses";
  /** Milliseconds until silence is silence. */
  readonly within: number;
}

const pause = 250;

/** A check before the run that puts the question and waits for the answer. */
export function askSwarm({ open, folder, silence, within }: AskOptions): Check {
  return {
    name: "claude-flow",
    when: "before",
    async run({ plan, signal }) {
      const until = performance.now() + within;
      const left = (): number => Math.max(1, until - performance.now());
      let transport: Transport | undefined;
      let why = `nobody answered within ${Math.round(within / 1_000)} s`;
      try {
        transport = await open(left());
        const key = `${folder}/answer/${plan.id}`;
        const question = (): string => JSON.stringify(questionOf(plan, key, within, silence));
        await transport.send({ kind: "memory", key: `${folder}/question`, value: question }, left());
        const ends = AbortSignal.any([AbortSignal.timeout(within), ...(signal ? [signal] : [])]);
        while (!ends.aborted) {
          const answer = await transport.recall(key, left());
          if (isAnswer(answer, plan.id)) return answered(answer, key);
          await sleep(Math.min(pause, left()));
        }
      } catch (error) {
        why = `it could not be asked: ${(error as Error).message}`;
      } finally {
        await transport?.close();
      }
      return [silent(silence, why)];
    },
  };
}

function questionOf(plan: Plan, answer: string, within: number, silence: Question["silence"]): Question {
  const steps = plan.steps.map(({ version, name, statements }) => ({ version, name: redact(name), statements }));
  return {
    format: 1,
    plan: plan.id,
    at: new Date().toISOString(),
    answer,
    within,
    silence,
    steps: steps.slice(0, 100),
  };
}

function isAnswer(value: unknown, plan: string): value is Answer {
  const { plan: of, go } = (value ?? {}) as Partial<Answer>;
  return of === plan && typeof go === "boolean";
}

function answered({ go, by, reason }: Answer, key: string): readonly ReportFinding[] {
  if (go) return [];
  const who = typeof by === "string" ? ` (${by})` : "";
  const why = typeof reason === "string" ? `: ${redact(reason)}` : "";
  return [
    {
      code: "CLAUDE_FLOW_REFUSED",
      severity: "error",
      message: `the swarm${who} refused this plan${why}`,
      help: `Mend what it says; the answer is in its memory under ${key}.`,
    },
  ];
}

function silent(silence: Question["silence"], why: string): ReportFinding {
  if (silence === "allows")
    return {
      code: "CLAUDE_FLOW_SILENT",
      severity: "info",
      message: `the swarm gave no go, and none is needed: ${why}`,
    };
  return {
    code: "CLAUDE_FLOW_SILENT",
    severity: "error",
    message: `the swarm gave no go: ${why}`,
    help: "Let the swarm answer, or run without asking it (the option `ask` of claudeFlow).",
  };
}
