// Run by the benchmark of the analyzer: reads the files of a folder, folds them where it is asked to, and says what that took.
// JavaScript, so that no types have to be stripped in what is measured.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { catalogOf, loadGrammar, read, startFold } from "@clew/sql-analyzer";

const [, , what, folder] = process.argv;
const grammar = await loadGrammar();
if (what !== "plain") keepSmall(() => grammar.parse("select 1"));
if (folder === undefined) grammar.parse("select 1");
else {
  const texts = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
  const before = process.cpuUsage();
  const folding = startFold(catalogOf([], { source: "files", major: 17 }), { grammar });
  let statements = 0;
  for (const text of texts) {
    const script = read(text, grammar);
    if (script.findings.length > 0) throw new Error(JSON.stringify(script.findings));
    statements += script.statements.length;
    if (what === "fold") folding.apply(script.statements);
  }
  const facts = Object.keys(folding.catalog().facts).length;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, statements, facts }));
}

// What compiles during this call is never optimised: see the package's README, "Limits".
function keepSmall(first) {
  for (const flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
  first();
  for (const flag of ["--wasm-tier-up", "--wasm-dynamic-tiering"]) setFlagsFromString(flag);
}
