// Owns one direction of a proxied connection: a queue that gives bytes on late, in order, or not for now.
import { performance } from "node:perf_hooks";
import type { Socket } from "node:net";

export interface Pipe {
  /** Takes bytes that have arrived, or the end of the stream. */
  push(item: Buffer | "end"): void;
  /** Gives nothing on until `release`. */
  hold(): void;
  release(): void;
  /** Forgets what it holds, and takes nothing more. */
  close(): void;
}

/** So much may be under way before the sender has to wait: it bounds memory, not throughput. */
const capacity = 16 * 1024 * 1024;

/** Carries bytes to a socket `delayMs` after they were pushed; `delivered` is called as each lot is handed over. */
export function openPipe(from: Socket, to: Socket, delayMs: number, delivered: () => void = () => {}): Pipe {
  const queue: { readonly item: Buffer | "end"; readonly due: number }[] = [];
  const state = { held: false, closed: false };
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    timer = undefined;
    while (!state.held && !state.closed && queue.length > 0) {
      const wait = queue[0]!.due - performance.now();
      if (wait > 0) {
        timer ??= setTimeout(flush, Math.ceil(wait));
        return;
      }
      hand(queue.shift()!.item);
    }
  };
  const hand = (item: Buffer | "end"): void => {
    if (item === "end") {
      to.end();
      return;
    }
    delivered();
    to.write(item, () => {
      size -= item.length;
      if (size < capacity) from.resume();
    });
  };
  const stopTimer = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    push(item) {
      if (state.closed) return;
      if (item !== "end") {
        size += item.length;
        if (size >= capacity) from.pause();
      }
      queue.push({ item, due: performance.now() + delayMs });
      if (timer === undefined) flush();
    },
    hold() {
      state.held = true;
      stopTimer();
    },
    release() {
      state.held = false;
      flush();
    },
    close() {
      state.closed = true;
      queue.length = 0;
      stopTimer();
    },
  };
}
