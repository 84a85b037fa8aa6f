// Owns the question whether to print in colours, and the printing.
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Gives the text in a style, or as it is. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

const ansi: Paint = (style, text) => styleText(style, text, { validateStream: false });

/** Colours on a terminal only; `--no-color` goes before FORCE_COLOR, that before NO_COLOR (https://no-color.org). */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Paint {
  if (noColor) return plain;
  const forced = env["FORCE_COLOR"];
  if (forced) return forced === "0" || forced === "false" ? plain : ansi;
  if (env["NO_COLOR"] || env["TERM"] === "dumb") return plain;
  return stream.isTTY ? ansi : plain;
}
