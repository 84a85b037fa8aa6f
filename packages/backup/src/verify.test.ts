// Pins that a backup which is not what was written is found, and named.
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { listBackups } from "./store.ts";
import { verifyBackup } from "./verify.ts";

test.for([false, true])(
  "every file cut short, altered, emptied or gone is named (encrypted: %s)",
  async (encrypted) => {
    await using db = await freshDatabase();
    await db.sql(`create table person (id int primary key, name text);
    insert into person select n, md5(n::text) from generate_series(1, 20000) n; create table note (body text); insert into note values ('x')`);
    await using place = await tempFolder();
    const destination = folder(place.path);
    const key = encrypted ? randomBytes(32) : undefined;
    const { id } = await createBackup({ url: db.url, destination, scope: "full", key });
    const names = (await readdir(join(place.path, id))).filter((name) => name !== "manifest.json");
    expect(names.length).toBe(5);
    const harms: Readonly<Record<string, (path: string, bytes: Buffer) => Promise<void>>> = {
      half: (path, bytes) => truncate(path, Math.floor(bytes.length / 2)),
      "a byte less": (path, bytes) => truncate(path, bytes.length - 1),
      "a bit": (path, bytes) => {
        const altered = Buffer.from(bytes);
        altered[Math.floor(bytes.length / 2)]! ^= 1;
        return writeFile(path, altered);
      },
      nothing: (path) => truncate(path, 0),
      gone: (path) => rm(path),
    };
    for (const name of names) {
      const path = join(place.path, id, name);
      const bytes = await readFile(path);
      for (const [what, harm] of Object.entries(harms)) {
        await harm(path, bytes);
        const report = await verifyBackup({ destination, id, key });
        expect(
          report.damage.map((one) => one.path),
          what,
        ).toEqual([name]);
        // Nor is it restored, whether it was verified or not.
        if (name.includes("copy")) {
          await db.sql("truncate person, note");
          const restoring = restoreBackup({ url: db.url, destination, id, key });
          await expect(restoring, what).rejects.toThrow();
          expect(await db.sql("select from person union all select from note")).toEqual([]);
        }
        await writeFile(path, bytes);
      }
    }
    expect((await listBackups(destination))[0]!.damage).toContain(names.at(-1));
    expect(await verifyBackup({ destination, id, key })).toMatchObject({ ok: true });
    expect((await listBackups(destination))[0]).toMatchObject({ damage: null, verified: { level: "decode" } });
  },
);

test("a manifest that was altered or cut short", async () => {
  await using db = await freshDatabase();
  await db.sql("create table person (id int)");
  await using place = await tempFolder();
  const destination = folder(place.path);
  const { id } = await createBackup({ url: db.url, destination, scope: "full" });
  const path = join(place.path, id, "manifest.json");
  const text = await readFile(path, "utf8");
  for (const other of [text.replace('"name": "person"', '"name": "nobody"'), text.slice(0, -20), ""]) {
    await writeFile(path, other);
    await expect(verifyBackup({ destination, id })).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    expect((await listBackups(destination))[0]!.damage).toMatch(/manifest/);
  }
});
