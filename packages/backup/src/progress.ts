// Owns what is told of a backup or a restore while it goes on.

/** How far it has come. */
export interface Progress {
  /** Of rows as COPY writes them, which are about as large as their table. */
  readonly bytes: number;
  /** What there may be in all; 0 where nobody can tell. */
  readonly ofBytes: number;
  readonly rows: number;
  /** Bytes a second. */
  readonly rate: number;
  /** Undefined at the beginning, and where nobody can tell. */
  readonly secondsLeft?: number;
}

export interface Measure {
  readonly bytes: (count: number) => void;
  readonly rows: (count: number) => void;
}

/** Milliseconds between two tellings. */
const every = 200;

/** Adds up what passes, and tells it now and then. */
export function measure(ofBytes: number, tell: ((progress: Progress) => void) | undefined): Measure {
  const began = performance.now();
  let [bytes, rows, told] = [0, 0, 0];
  return {
    bytes(count) {
      bytes += count;
      const now = performance.now();
      if (tell === undefined || now - told < every) return;
      told = now;
      const seconds = (now - began) / 1000;
      const rate = bytes / Math.max(seconds, 0.001);
      const left = seconds > 1 && ofBytes > bytes ? { secondsLeft: (ofBytes - bytes) / rate } : {};
      tell({ bytes, ofBytes, rows, rate, ...left });
    },
    rows(count) {
      rows += count;
    },
  };
}
