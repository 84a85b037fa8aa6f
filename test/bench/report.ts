// Owns what a benchmark says: figures, some with a bound, in a table.

/** One figure of a benchmark. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `ms`, `s`, `MB`, `×` (a ratio), or nothing for a count. */
  readonly unit?: "ms" | "s" | "MB" | "MB/s" | "×";
  /** What it must not be above. A figure without a bound is information. */
  readonly most?: number;
}

export interface Benchmark {
  readonly name: string;
  /** What is run, in a sentence. */
  readonly what: string;
  run(bench: Bench): Promise<readonly Figure[]>;
}

/** What a benchmark has at hand. */
export interface Bench {
  /** A native server of this run, its data in memory, durability off. */
  readonly server: { url(place?: { readonly database?: string }): string };
  /** Whether psql, the measure of some figures, is there. */
  readonly psql: boolean;
}

/** Whether a figure keeps to its bound. */
export function passes({ value, most }: Figure): boolean {
  return most === undefined || value <= most;
}

/** The figures of a benchmark as lines of text. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    shown(figure.value, figure.unit),
    figure.most === undefined ? "" : `at most ${shown(figure.most, figure.unit)}`,
    figure.most === undefined ? "" : passes(figure) ? "PASS" : "FAIL",
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([what, value, bound, verdict]: string[]): string =>
    `  ${what!.padEnd(widths[0]!)}  ${value!.padStart(widths[1]!)}  ${bound!.padEnd(widths[2]!)}  ${verdict}`.trimEnd();
  return rows.map(line).join("\n");
}

function shown(value: number, unit: Figure["unit"] = undefined): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === undefined ? "" : ` ${unit}`}`;
}
