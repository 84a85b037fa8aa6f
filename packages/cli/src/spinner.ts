// Owns the one line on a terminal that says what goes on now.
import type { Paint } from "./colors.ts";

export interface Spinner {
  /** Shows the text, until it is another or stopped. `text` is asked for each time, so that times in it run on. */
  show(text: () => string): void;
  /** Takes the line away, before something else is printed; it comes back by itself. */
  clear(): void;
  stop(): void;
}

export interface SpinnerOptions {
  readonly enabled: boolean;
  readonly paint: Paint;
  readonly clean: (text: string) => string;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export function createSpinner(stream: NodeJS.WriteStream, { enabled, paint, clean }: SpinnerOptions): Spinner {
  if (!enabled) return { show: () => undefined, clear: () => undefined, stop: () => undefined };
  let timer: NodeJS.Timeout | undefined;
  let current = (): string => "";
  let frame = 0;
  let shown = false;

  const draw = (): void => {
    const text = [...clean(current())].slice(0, Math.max(0, (stream.columns || 80) - 3)).join("");
    stream.write(`\r\u001B[2K${paint("cyan", frames[frame++ % frames.length]!)} ${text}`);
    shown = true;
  };
  const clear = (): void => {
    if (shown) stream.write("\r\u001B[2K");
    shown = false;
  };
  return {
    show(text) {
      current = text;
      if (timer) return;
      timer = setInterval(draw, 80).unref();
      draw();
    },
    clear,
    stop() {
      clearInterval(timer);
      timer = undefined;
      clear();
    },
  };
}
