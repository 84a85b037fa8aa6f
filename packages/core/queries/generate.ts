// Owns the writing of src/store/compiled.ts from the queries; with --check it only says whether the file is fresh.
import { readFileSync, writeFileSync } from "node:fs";
import { compile, queries } from "./index.ts";

const target = new URL("../src/store/compiled.ts", import.meta.url);

export function generate(): string {
  const entries = Object.entries(queries).map(([name, query]) => {
    const { sql, parameters } = compile(query);
    return `export const ${name} = {\n  text: ${JSON.stringify(sql)},\n  parameters: ${JSON.stringify(parameters)},\n} as const;\n`;
  });
  return `// Owns the compiled queries of history and journal. Generated from queries/index.ts by \`pnpm generate\`: edit there.\n\n${entries.join("\n")}`;
}

if (import.meta.main) {
  writeFileSync(target, generate());
  console.log(`wrote ${readFileSync(target, "utf8").split("\n").length} lines`);
}
