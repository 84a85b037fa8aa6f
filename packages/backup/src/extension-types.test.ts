// Pins that values of extensions' types come back as they were, hash for hash, on every version of the server.
import { freshDatabase, startServer, tempFolder, type Database, type Major } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

/** By extension, its types with a value or two of each. */
type Types = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const contrib: Types = {
  citext: { citext: ["", "Żółć", "\\N"] },
  cube: { cube: ["(1,2.5),(3,-4e-30)", "(0)"] },
  earthdistance: { earth: ["(6378168,0,0)"] },
  hstore: { hstore: ["", '"a b"=>"\\"q\\"", "n"=>NULL, "\\\\N"=>"x\ty"'] },
  intarray: { query_int: ["1&(2|!3)"] },
  isn: {
    ean13: ["9780393040029"],
    isbn13: ["978-0-393-04002-9"],
    isbn: ["0-393-04002-X"],
    ismn: ["979-0-060-11561-5"],
    issn: ["1436-4522"],
    upc: ["220356483481"],
  },
  lo: { lo: ["16400"] },
  ltree: {
    ltree: ["", "Top.Science.Astronomy"],
    lquery: ["Top.*{1,2}.a|b@*"],
    ltxtquery: ["Europe & Russia*@ & !Trans"],
  },
  seg: { seg: ["1 .. 2", "<1.0e-7"] },
};

const vector: Types = {
  vector: {
    vector: ["[1,-2.5,3.4028235e38]", "[0.1]"],
    "vector(3)": ["[1e-38,2,3]"],
    halfvec: ["[1,-2.5,65504]"],
    sparsevec: ["{1:1.5,3:-2}/16000"],
  },
};

async function make(db: Database, extensions: Types): Promise<void> {
  await db.sql("create schema extensions");
  for (const [extension, types] of Object.entries(extensions)) {
    await db.sql(`create extension if not exists "${extension}" schema extensions cascade`);
    for (const [type, values] of Object.entries(types)) {
      await db.sql(
        `create table "${type}" (id int generated always as identity primary key, one extensions.${type}, many extensions.${type}[])`,
      );
      await db.sql(`insert into "${type}" default values`);
      for (const value of values) {
        const typed = `extensions.${type} '${value.replaceAll("'", "''")}'`;
        await db.sql(`insert into "${type}" (one, many) values (${typed}, array[${typed}, null])`);
      }
    }
  }
}

/** Each table's rows as text, in order. */
async function rowsOf(db: Database): Promise<readonly unknown[]> {
  const tables = await db.sql<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  );
  const hash = (name: string): string =>
    `select '${name}' as name, count(*)::int as rows, md5(string_agg(t::text, ',' order by id)) as hash from "${name}" t`;
  return db.sql(tables.map(({ name }) => hash(name)).join(" union all "));
}

async function comesBack(db: Database, types: number): Promise<void> {
  const before = await rowsOf(db);
  expect(before).toHaveLength(types);
  await using place = await tempFolder();
  const destination = folder(place.path);
  const { id } = await createBackup({ url: db.url, destination, scope: "full" });
  const verified = await verifyBackup({ destination, id, level: "restore", server: db.url });
  expect(verified).toMatchObject({ ok: true, damage: [] });
  // Once into tables that are there, once with tables and types made again.
  for (const harm of ["delete from %I", "drop table %I"]) {
    await db.sql(`do $$ declare t name; begin for t in select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      loop execute format('${harm}', t); end loop; end $$`);
    await restoreBackup({ url: db.url, destination, id });
    expect(await rowsOf(db)).toEqual(before);
  }
  await db.sql("drop schema extensions cascade; drop schema public cascade; create schema public");
  await restoreBackup({ url: db.url, destination, id });
  expect(await rowsOf(db)).toEqual(before);
}

const count = (all: Types): number => Object.values(all).reduce((sum, types) => sum + Object.keys(types).length, 0);

test.for<Major>([15, 17, 18])(
  "types that come with PostgreSQL %i as extensions",
  { timeout: 120_000 },
  async (major) => {
    await using server = await startServer({ major });
    await using db = await freshDatabase({ server });
    await make(db, contrib);
    await comesBack(db, count(contrib));
  },
);

test("vector, halfvec and sparsevec, in a server that has pgvector", async ({ skip }) => {
  await using db = await freshDatabase();
  const [there] = await db.sql("select from pg_available_extensions where name = 'vector'");
  if (!there) return skip("npm has no pgvector for a server: give one that has it in TEST_DATABASE_URL");
  await make(db, vector);
  await comesBack(db, count(vector));
});
