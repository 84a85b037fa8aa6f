// Owns the delivery of messages: one after another, beside the run, within a budget, and no longer once they fail.
import type { Message } from "./messages.ts";
import type { Transport } from "./transport.ts";

/** What became of the messages of a run. */
export interface Delivery {
  readonly sent: number;
  readonly lost: number;
  /** Why the first was lost. */
  readonly reason?: string;
}

export interface Queue {
  /** Never waits, never throws. */
  push(messages: readonly Message[]): void;
  /** Delivers what is left within what is left of the budget, and tells. */
  flush(): Promise<Delivery>;
}

/** After so many failures in a row nothing more is tried. */
const failuresAllowed = 2;

/** Milliseconds that one message may take. */
const longest = 10_000;

/** The share of the budget that is kept for what says how the run ended. */
const reserve = 0.2;

export function makeQueue(open: (within: number) => Promise<Transport>, budget: number): Queue {
  const waiting: Message[] = [];
  let transport: Promise<Transport> | undefined;
  let spent = 0;
  let sent = 0;
  let lost = 0;
  let failures = 0;
  let reason: string | undefined;
  let working: Promise<void> | undefined;

  const left = (message: Message): number =>
    Math.min(longest, budget * (tellsTheState(message) ? 1 : 1 - reserve) - spent);

  const deliver = async (message: Message): Promise<void> => {
    const began = performance.now();
    const within = left(message);
    try {
      if (within <= 0) throw new Error(`the budget of ${Math.round(budget / 1_000)} s was used up`);
      const way = await (transport ??= open(within));
      await way.send(message, Math.max(1, within - (performance.now() - began)));
      sent++;
      failures = 0;
    } catch (error) {
      lost++;
      reason ??= (error as Error).message;
      // Without time nothing was tried.
      if (within > 0) failures++;
    }
    spent += performance.now() - began;
  };

  const take = (): Message | undefined => (failures < failuresAllowed ? waiting.shift() : undefined);

  const work = async (): Promise<void> => {
    // What runs a migration goes first.
    await new Promise((resume) => setImmediate(resume));
    for (let next = take(); next; next = take()) await deliver(next);
    working = undefined;
  };

  return {
    push(messages) {
      for (const message of messages) {
        // Of several states of the run only the newest matters.
        const older = message.kind === "memory" ? waiting.findIndex((one) => one.kind === "memory") : -1;
        if (older >= 0) waiting.splice(older, 1);
        waiting.push(message);
      }
      working ??= work();
    },
    async flush() {
      await (working ??= work());
      lost += waiting.length;
      waiting.length = 0;
      await (await transport?.catch(() => undefined))?.close();
      const told = { sent, lost, ...(reason === undefined ? {} : { reason }) };
      transport = undefined;
      spent = sent = lost = failures = 0;
      reason = undefined;
      return told;
    },
  };
}

function tellsTheState({ kind }: Message): boolean {
  return kind === "memory" || kind === "notify" || kind === "post-task";
}
