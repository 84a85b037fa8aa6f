// Owns the benchmark of backups against pg_dump -Fc: the same database, the same machine, one after the other.
import { createBackup, folder, restoreBackup, verifyBackup } from "@clew/backup";
import { freshDatabase, run, tempFolder } from "@clew/kit";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "@clew/kit";
import { clew } from "./measure.ts";
import type { Bench, Benchmark, Figure } from "./report.ts";

/** Megabytes of tables; CLEW_BENCH_MB=1000 for what the README tells. */
const megabytes = Number(process.env["CLEW_BENCH_MB"] ?? 150);

export const backup: Benchmark = {
  name: "backup",
  what: `a backup of ${megabytes} MB, against pg_dump -Fc where one is here that knows the server`,
  run: compare,
};

/** Rows as projects have them: keys, times, short texts, some JSON. About 230 bytes each. */
async function fill(db: Awaited<ReturnType<typeof freshDatabase>>): Promise<void> {
  const rows = Math.round((megabytes * 1_000_000) / 270);
  await db.sql(`create table event (id bigint primary key, at timestamptz, account uuid, kind text, payload jsonb, note text);
    insert into event select n, '2026-01-01'::timestamptz + n * interval '1 second', md5((n / 50)::text)::uuid, (array['view', 'click', 'purchase', 'refund'])[1 + n % 4],
      jsonb_build_object('page', '/items/' || n % 1000, 'price', (n::bigint * 7919) % 10000 / 100.0, 'tags', array['a', 'b']), md5(n::text) || ' words that are the same in every row'
    from generate_series(1, ${rows}) n`);
}

async function compare(bench: Bench): Promise<readonly Figure[]> {
  // Debian's pg_dump may be older than the newest server, and then refuses it.
  const major = /\b(\d+)\./.exec((await run("pg_dump", ["--version"]).catch(() => ({ stdout: "" }))).stdout)?.[1];
  const old = major === "15";
  await using own = old ? await startServer({ major: 15 }) : undefined;
  const server = own ?? bench.server;
  await using db = await freshDatabase({ server });
  await fill(db);
  await using place = await tempFolder();
  const destination = folder(join(place.path, "backups"));
  // Once for the caches, so that who comes first has no disadvantage.
  await db.sql("select count(*) from event");
  const ours = await clew("backup", "create", "--db", db.url, "--at", join(place.path, "backups"), "--json");
  const made = (JSON.parse(ours.stdout) as { backup: { id: string; bytes: number } }).backup;
  const figures: Figure[] = [
    { what: "backup: wall time", value: ours.seconds, unit: "s" },
    { what: "backup: CPU", value: ours.cpuMs / 1000, unit: "s" },
    { what: "backup: most memory", value: ours.peakMb, unit: "MB", most: 150 },
    { what: "backup: size", value: made.bytes / 1e6, unit: "MB" },
  ];
  if (major !== undefined) {
    const file = join(place.path, "dump");
    const began = performance.now();
    const dumped = await run("pg_dump", ["-Fc", "-f", file, "-d", db.url], { timeoutMs: 600_000 });
    if (dumped.status !== 0) throw new Error(dumped.stderr);
    const seconds = (performance.now() - began) / 1000;
    const { size } = await stat(file);
    figures.push(
      { what: `pg_dump ${major} -Fc: wall time`, value: seconds, unit: "s" },
      { what: `pg_dump ${major} -Fc: size`, value: size / 1e6, unit: "MB" },
      { what: "backup's wall time to pg_dump's", value: ours.seconds / seconds, unit: "×", most: 1 },
      { what: "backup's size to pg_dump's", value: made.bytes / size, unit: "×", most: 1 },
    );
  }
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await work();
    figures.push({ what, value: (performance.now() - began) / 1000, unit: "s" });
  };
  await timed("verify decode: wall time", () => verifyBackup({ destination, id: made.id }));
  await db.sql("drop table event");
  await timed("restore of the dropped table: wall time", () =>
    restoreBackup({ url: db.url, destination, id: made.id }),
  );
  const key = Buffer.alloc(32, 7);
  await timed("backup, encrypted: wall time", () => createBackup({ url: db.url, destination, scope: "full", key }));
  return figures;
}
