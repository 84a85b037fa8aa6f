// Owns the writing of src/store/compiled.ts from the queries.
import { writeFileSync } from "node:fs";
import { compile, queries } from "./index.ts";

const head =
  "// Owns the compiled queries of history and journal. Generated from queries/index.ts by `pnpm generate`: edit there.";
const entries = Object.entries(queries).map(
  ([name, query]) => `export const ${name} = ${JSON.stringify(compile(query))} as const;`,
);
writeFileSync(new URL("../src/store/compiled.ts", import.meta.url), `${[head, ...entries].join("\n\n")}\n`);
