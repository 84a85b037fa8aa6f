// Owns tables of text.
import type { Paint, Style } from "./colors.ts";

/** Text, or text in a style. */
export type Cell = string | readonly [text: string, style: Style];

/** Rows in columns, two blanks between them and before the first. Columns that are empty throughout are left out. */
export function table(rows: readonly (readonly Cell[])[], paint: Paint): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(textOf(row[column]!)))));
  const shown = widths.flatMap((width, column) => (width > 0 ? [column] : []));
  return rows
    .map((row) =>
      shown
        .map((column, at) => {
          const cell = row[column]!;
          const text = textOf(cell);
          const styled = typeof cell === "string" ? text : paint(cell[1], text);
          const blanks = at === shown.length - 1 ? 0 : widths[column]! - width(text);
          return `  ${styled}${" ".repeat(blanks)}`;
        })
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell[0];
}

/** In characters: those of double width are rare in names of migrations. */
function width(text: string): number {
  return [...text].length;
}

/** `1 migration`, `3 migrations`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** `812 bytes`, `3.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return count(Math.round(bytes), "byte");
  const unit = bytes < 999_500 ? 1 : bytes < 999_500_000 ? 2 : 3;
  const value = bytes / 1_000 ** unit;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${["", "kB", "MB", "GB"][unit]}`;
}
