// Owns which extensions the migrations ask for.
import { loadGrammar, read } from "@clew/sql-analyzer/reading";
import { readText, type MigrationFile } from "../files/read.ts";

/** The names in CREATE EXTENSION, in order, each once; files that cannot be read are told of elsewhere. */
export async function wantedExtensions(files: readonly MigrationFile[]): Promise<readonly string[]> {
  const wanted = new Set<string>();
  for (const { path } of files) {
    const text = await readText(path).catch(() => "");
    // Parsing takes long, and few files make an extension.
    if (!/\bextension\b/i.test(text)) continue;
    for (const { ast } of read(text, await loadGrammar()).statements) {
      const name = ast?.["CreateExtensionStmt"]?.["extname"];
      if (typeof name === "string") wanted.add(name);
    }
  }
  return [...wanted];
}
