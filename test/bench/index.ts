// Runs the benchmarks: `./dev bench`, or one of them with `./dev bench --only no-op`. Ends with 1 where a bound is not kept.
import { parseArgs } from "node:util";
import { run, startServer } from "@clew/kit";
import { analyzer } from "./analyzer.ts";
import { backup } from "./backup.ts";
import { beside } from "./beside.ts";
import { largeFile } from "./large-file.ts";
import { noOp } from "./no-op.ts";
import { passes, table } from "./report.ts";
import type { Benchmark } from "./report.ts";
import { rollback } from "./rollback.ts";
import { roundTrips } from "./round-trips.ts";

const all: readonly Benchmark[] = [noOp, roundTrips, largeFile, analyzer, rollback, beside, backup];

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const chosen = values.only === undefined ? all : all.filter(({ name }) => values.only!.includes(name));
if (chosen.length < (values.only?.length ?? 1)) {
  console.error(`--only takes ${all.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const psql = await run("psql", ["--version"]).then(
  ({ status }) => status === 0,
  () => false,
);
if (!psql) console.log("psql is not here: figures that are measured by it are left out (Debian: postgresql-client).\n");

const server = await startServer();
let failed = 0;
try {
  for (const benchmark of chosen) {
    console.log(`${benchmark.name}: ${benchmark.what}`);
    const figures = await benchmark.run({ server, psql });
    failed += figures.filter((figure) => !passes(figure)).length;
    console.log(`${table(figures)}\n`);
  }
} finally {
  await server.stop();
}
console.log(failed === 0 ? "Every bound is kept." : `${failed} bound${failed === 1 ? " is" : "s are"} not kept.`);
process.exitCode = failed === 0 ? 0 : 1;
