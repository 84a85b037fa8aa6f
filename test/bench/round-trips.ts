// Owns the benchmark of a slow network: what a hundred small migrations cost when each round trip takes 20 ms.
import { freshDatabase, startProxy, tempFolder } from "@clew/kit";
import { clew, psql } from "./measure.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

const count = 100;
const delayMs = 20;

export const roundTrips: Benchmark = {
  name: "round-trips",
  what: `${count} small migrations over a network with ${delayMs} ms a round trip`,
  async run({ server, psql: hasPsql }: Bench): Promise<readonly Figure[]> {
    const names = Array.from({ length: count }, (_, at) => [`${1000 + at}_m.sql`, `create table m${at} (id int);\n`]);
    await using folder = await tempFolder(Object.fromEntries(names) as Record<string, string>);

    await using db = await freshDatabase({ server });
    await using proxy = await startProxy(db.url, { delayMs });
    const ours = await clew("execute", "--db", proxy.url, "--dir", folder.path, "--json");
    const { roundTrips } = proxy.counts();
    const figures: Figure[] = [
      { what: "round trips", value: roundTrips, most: count + 12 },
      { what: "wall time", value: ours.seconds, unit: "s" },
    ];
    if (!hasPsql) return figures;

    await using other = await freshDatabase({ server });
    await using line = await startProxy(other.url, { delayMs });
    const began = performance.now();
    for (const [name] of names) await psql(line.url, "-1", "-f", `${folder.path}/${name}`);
    const seconds = (performance.now() - began) / 1000;
    return [
      ...figures,
      { what: "wall time, ratio to psql -1 a file", value: ours.seconds / seconds, unit: "×", most: 1 },
      { what: "round trips of psql -1 a file", value: line.counts().roundTrips },
      { what: "wall time of psql -1 a file", value: seconds, unit: "s" },
    ];
  },
};
