// Pins that many rows come back hash for hash, in files of which there are several: CLEW_BACKUP_MB=1000 for a gigabyte of them.
import { freshDatabase, startServer, tempFolder, type Major } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";

/** Megabytes that the tables take. */
const megabytes = Number(process.env["CLEW_BACKUP_MB"] ?? 80);
const rows = megabytes * 5_900;

const fill = `create table event (id bigint primary key, at timestamptz, account uuid, payload jsonb, note text, many int[]);
  insert into event select n, '2026-01-01'::timestamptz + n * interval '1 second', md5((n / 50)::text)::uuid,
    jsonb_build_object('page', '/items/' || n % 1000, 'żółć', n), case n % 3 when 0 then null when 1 then e'a\\tb\\n\\\\N' else md5(n::text) end, array[n, null]
  from generate_series(1, ${rows}) n;
  -- Values that are stored out of line.
  create table file (id int primary key, event bigint references event, content bytea);
  insert into file select n, n, decode(string_agg(md5((n * 1000 + m)::text), ''), 'hex') from generate_series(1, ${Math.ceil(megabytes / 10)}) n, generate_series(1, 4000) m group by n`;

const hashes = `select (select array[count(*), sum(hashtextextended(e::text, 0)), sum(hashtextextended(e::text, 7))]::text from event e) as event,
  (select array[count(*), sum(hashtextextended(f::text, 0))]::text from file f) as file,
  (select array_agg(conname::text order by conname) from pg_constraint where conrelid in (to_regclass('event'), to_regclass('file')) and contype <> 'n') as keys`;

test.for<Major>([15, 18])(
  `${megabytes} MB of rows, on PostgreSQL %i`,
  { timeout: 60_000 + megabytes * 600 },
  async (major) => {
    await using server = await startServer({ major, settings: { max_wal_size: "4GB" } });
    await using db = await freshDatabase({ server });
    await db.sql(fill);
    const [before] = await db.sql(hashes);
    await using place = await tempFolder();
    const destination = folder(place.path);
    const { id, tables } = await createBackup({ url: db.url, destination, scope: "full" });
    expect(tables.find(({ name }) => name === "event")!.chunks.length).toBeGreaterThan(1);
    await db.sql("drop table file, event");
    const { tables: restored } = await restoreBackup({ url: db.url, destination, id });
    expect(restored.map(({ table, made, added }) => [table, made, added])).toEqual([
      ["public.event", true, rows],
      ["public.file", true, Math.ceil(megabytes / 10)],
    ]);
    const [after] = await db.sql(hashes);
    expect(after).toEqual(before);
  },
);
