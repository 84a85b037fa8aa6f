// Pins the making of backups: what is in them, and that nothing which is not whole looks like one.
import { randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

test("a backup of everything", async () => {
  await using db = await freshDatabase();
  await db.sql(`create table person (id int primary key, name text, shout text generated always as (upper(name)) stored);
    insert into person (id, name) select n, 'name ' || n from generate_series(1, 1000) n;
    create table note (body text); insert into note values (null), (''), ('\\N'), (E'a\\tb\\nc');
    create sequence counter; select setval('counter', 41)`);
  await using place = await tempFolder();
  const path = join(place.path, "backups");
  const manifest = await createBackup({ url: db.url, destination: folder(path), scope: "full" });
  expect(manifest.tables.map(({ name, rows, key }) => [name, rows, key])).toEqual([
    ["note", 4, []],
    ["person", 1000, ["id"]],
  ]);
  expect(manifest.sequences).toEqual([{ schema: "public", name: "counter", last: "41", called: true }]);
  expect(await folder(path).list()).toEqual([manifest.id]);
  const modes = await Promise.all([".", manifest.id].map(async (name) => (await stat(join(path, name))).mode & 0o777));
  expect(modes).toEqual([0o700, 0o700]);
  expect((await readdir(path)).sort()).toEqual([".gitignore", manifest.id]);
  for (const name of await readdir(join(path, manifest.id)))
    expect((await stat(join(path, manifest.id, name))).mode & 0o777).toBe(0o600);
});

test("files that are encrypted say nothing without the key, and the manifest cannot be altered", async () => {
  await using db = await freshDatabase();
  await db.sql("create table person (name text); insert into person select 'Ariadne' from generate_series(1, 50000)");
  await using place = await tempFolder();
  const destination = folder(place.path);
  const key = randomBytes(32);
  const { id } = await createBackup({ url: db.url, destination, scope: "full", key });
  for (const name of await readdir(join(place.path, id)))
    if (name !== "manifest.json") expect(await readFile(join(place.path, id, name), "latin1")).not.toContain("Ariadne");
  await expect(verifyBackup({ destination, id })).rejects.toMatchObject({ code: "BACKUP_KEY" });
  await expect(verifyBackup({ destination, id, key: randomBytes(32) })).rejects.toMatchObject({ code: "BACKUP_KEY" });
  expect(await verifyBackup({ destination, id, key })).toMatchObject({ ok: true, rows: 50_000 });
  await db.sql("truncate person");
  await restoreBackup({ url: db.url, destination, id, key });
  expect(await db.sql("select count(*)::int as rows from person")).toEqual([{ rows: 50_000 }]);
  const manifest = join(place.path, id, "manifest.json");
  await writeFile(manifest, (await readFile(manifest, "utf8")).replace('"rows": 50000', '"rows": 49999'));
  await expect(verifyBackup({ destination, id, key })).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
});

test("a TRUNCATE beside it waits, and takes nothing away from the backup", async () => {
  await using db = await freshDatabase();
  await db.sql("create table person (id int); insert into person select n from generate_series(1, 1000) n");
  await using place = await tempFolder();
  const destination = folder(place.path);
  const client = await db.client();
  await client.query("begin; truncate person");
  const waiting = createBackup({ url: db.url, destination, scope: "full", lockTimeout: 300 });
  await expect(waiting).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  expect(await destination.list()).toEqual([]);
  await client.query("rollback");
  const { tables } = await createBackup({ url: db.url, destination, scope: "full" });
  expect(tables[0]!.rows).toBe(1000);
});

test("a table that there is not, and rows that a policy hides", async () => {
  await using db = await freshDatabase();
  await using place = await tempFolder();
  const destination = folder(place.path);
  const missing = createBackup({ url: db.url, destination, scope: "scoped", tables: ["nobody"] });
  await expect(missing).rejects.toMatchObject({ code: "USAGE" });
  const role = `reader_${db.name}`;
  await db.sql(`create table person (id int); insert into person values (1); alter table person enable row level security;
    create role ${role} login; grant select on person to ${role}; grant usage on schema public to ${role}`);
  try {
    const url = Object.assign(new URL(db.url), { username: role }).href;
    const hidden = createBackup({ url, destination, scope: "full" });
    await expect(hidden).rejects.toMatchObject({ code: "BACKUP_FAILED", message: /row-level security/ });
    expect(await readdir(place.path)).toEqual([".gitignore"]);
  } finally {
    await db.sql(`drop owned by ${role}; drop role ${role}`);
  }
});
