// Owns Ctrl-C: the first asks the run to stop, the second ends the program.
import type { Output } from "./output.ts";

/** A signal that the first SIGINT or SIGTERM aborts; a second one calls `leave`. */
export function interruptSignal(output: Output, leave: () => void): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) return leave();
    output.log.warn("stopping: what runs now is rolled back. Press Ctrl-C again to leave at once.");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
