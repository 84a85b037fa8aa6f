// Owns the benchmark of a run that finds nothing to do: most runs do, at the start of every deployment.
import { freshDatabase, tempFolder } from "@clew/kit";
import { clew, median, node, psql } from "./measure.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

const count = 1_000;

export const noOp: Benchmark = {
  name: "no-op",
  what: `clew execute with ${count} applied migrations and nothing to do`,
  async run({ server, psql: hasPsql }: Bench): Promise<readonly Figure[]> {
    await using db = await freshDatabase({ server });
    await using folder = await tempFolder(Object.fromEntries(Array.from({ length: count }, (_, at) => migration(at))));
    const where = ["--db", db.url, "--dir", folder.path];
    const first = await clew("execute", ...where, "--json");
    const noop = () => clew("execute", ...where, "--json");
    if (first.wasmModules === 0)
      throw new Error("the parser's WebAssembly was not seen where it must have been loaded");
    await noop(); // fills Node's compile cache
    const ours = await median(7, noop, ({ cpuMs }) => cpuMs);
    const { outcome } = JSON.parse(ours.stdout) as { outcome: string };
    if (outcome !== "nothing-to-do") throw new Error(`the second run ended with ${outcome}`);
    const floor = await median(
      7,
      () => node("-e", "0"),
      ({ cpuMs }) => cpuMs,
    );
    const query = ["-c", "select count(*) from supabase_migrations.schema_migrations"];
    const anchor = hasPsql
      ? await median(
          7,
          () => psql(db.url, ...query),
          ({ seconds }) => seconds,
        )
      : undefined;
    return [
      { what: "CPU over `node -e 0`", value: ours.cpuMs - floor.cpuMs, unit: "ms", most: 250 },
      { what: "modules of WebAssembly loaded (the parser is one)", value: ours.wasmModules, most: 0 },
      { what: "CPU of `node -e 0`", value: floor.cpuMs, unit: "ms" },
      { what: "wall time", value: ours.seconds * 1000, unit: "ms" },
      { what: "memory", value: ours.peakMb, unit: "MB" },
      ...(anchor
        ? [{ what: "wall time of psql counting the history", value: anchor.seconds * 1000, unit: "ms" } as const]
        : []),
      { what: `wall time of the run that applied the ${count}`, value: first.seconds, unit: "s" },
    ];
  },
};

/** As long as the median migration of real projects, 2.4 KB. */
function migration(at: number): [string, string] {
  const columns = Array.from(
    { length: 20 },
    (_, column) => `  column_${column} text not null default 'a value of ${column}',\n`,
  );
  const policies = Array.from(
    { length: 8 },
    (_, policy) => `create policy "policy ${policy}" on t${at} for select using (id > ${policy});\n`,
  );
  const text = `-- Migration ${at}\ncreate table t${at} (\n${columns.join("")}  id bigint primary key\n);
alter table t${at} enable row level security;\n${policies.join("")}comment on table t${at} is 'The table of migration ${at}';\n`;
  return [`${20250101000000 + at}_table_${at}.sql`, text];
}
