// Owns what a way to a swarm must offer.
import type { Message } from "./messages.ts";

/** A way to the swarm. A promise that is not kept within the time rejects with the reason in words. */
export interface Transport {
  send(message: Message, within: number): Promise<void>;
  /** What memory holds under a key; undefined where it holds nothing. */
  recall(key: string, within: number): Promise<unknown>;
  close(): Promise<void>;
}

/** The promise, or a rejection once the time is over. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`did not answer within ${Math.round(ms)} ms`)), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
