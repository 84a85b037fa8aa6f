// Owns the benchmark of a very large file: 50 MB of INSERT statements.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { freshDatabase, tempFolder } from "@clew/kit";
import { clew, psql } from "./measure.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

const rows = 500_000;

export const largeFile: Benchmark = {
  name: "large-file",
  what: `one file of ${rows} INSERT statements, 50 MB, in one transaction`,
  async run({ server, psql: hasPsql }: Bench): Promise<readonly Figure[]> {
    await using folder = await tempFolder({
      "1_table.sql": "create table item (id int primary key, name text, note text);\n",
    });
    const path = join(folder.path, "2_rows.sql");
    const megabytes = await writeRows(path);

    const where = ["--dir", folder.path, "--json"];
    await using db = await freshDatabase({ server });
    await clew("execute", "1", "--db", db.url, ...where);
    const ours = await clew("execute", "--db", db.url, ...where);
    const figures: readonly Figure[] = [
      { what: "memory", value: ours.peakMb, unit: "MB", most: 600 },
      { what: "wall time", value: ours.seconds, unit: "s" },
      { what: "CPU of the client", value: ours.cpuMs / 1000, unit: "s" },
      { what: "the file", value: megabytes, unit: "MB" },
    ];
    if (!hasPsql) return figures;

    await using other = await freshDatabase({ server });
    await psql(other.url, "-f", join(folder.path, "1_table.sql"));
    const { seconds } = await psql(other.url, "-1", "-f", path);
    const [seen, wanted] = [await db.sql(contents), await other.sql(contents)];
    if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error("the rows are not those that psql wrote");
    return [
      { what: "wall time, ratio to psql -1 -f", value: ours.seconds / seconds, unit: "×", most: 1.3 },
      ...figures,
      { what: "wall time of psql -1 -f", value: seconds, unit: "s" },
    ];
  },
};

const contents = "select count(*), md5(string_agg(item::text, ' ' order by id)) from item";

async function writeRows(path: string): Promise<number> {
  const stream = createWriteStream(path);
  for (let from = 0; from < rows; from += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, at) => insert(from + at));
    if (!stream.write(lines.join(""))) await once(stream, "drain");
  }
  stream.end();
  await finished(stream);
  return (await stat(path)).size / 1e6;
}

/** About 100 bytes. One row in five holds other than ASCII, which makes bytes and characters differ. */
function insert(id: number): string {
  const name = id % 5 === 0 ? `Übung № ${id} 🧵` : `item number ${id}`;
  return `INSERT INTO item (id, name, note) VALUES (${id}, '${name}', 'it''s the note; of row ${id}, to its end');\n`;
}
