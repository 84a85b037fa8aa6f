// Owns what two texts must have in common to be the same migration.
import { createHash } from "node:crypto";
import { fingerprint, normalise, split, type Grammar } from "@clew/sql-analyzer/reading";

/** A hash of what a text says, without its comments and the transactions that its author wrote; empty where that is nothing. */
export function saying(sql: string | readonly string[], grammar?: Grammar): string {
  const text = typeof sql === "string" ? sql : sql.join("\n;\n");
  const pieces = split(text)
    .map(({ start, end }) => text.slice(start, end))
    .filter((piece) => !/^(?:$|(?:begin|commit|end|start)\b[a-z, ]*$)/.test(normalise(piece)));
  if (pieces.length === 0) return "";
  const said = pieces.map((piece) => (grammar === undefined ? normalise(piece) : fingerprint(piece, grammar)));
  return createHash("sha256").update(said.join(";\n")).digest("hex");
}
