// Pins that backups which are encrypted for age are made by whoever has recipients, and read only by who has an identity.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { createBackup } from "./create.ts";
import { readBackupKey } from "./encryption.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

test("made for two, read by either of them, by nobody else", async () => {
  await using db = await freshDatabase();
  await db.sql(
    "create table note (id int primary key, text text); insert into note select n, 'secret ' || n from generate_series(1, 100) n",
  );
  await using place = await tempFolder();
  const destination = folder(place.path);
  const [ann, ben, eve] = await Promise.all([1, 2, 3].map(() => generateX25519Identity()));
  const recipients = await Promise.all([ann!, ben!].map((identity) => identityToRecipient(identity)));
  const key = await readBackupKey(recipients.join("\n"));
  const { id } = await createBackup({ url: db.url, destination, scope: "full", key });
  // Who has made it may check it at once, and not later.
  expect(await verifyBackup({ destination, id, key, level: "restore", server: db.url })).toMatchObject({ ok: true });
  const later = await readBackupKey(recipients.join("\n"));
  await expect(verifyBackup({ destination, id, key: later })).rejects.toMatchObject({
    code: "BACKUP_KEY",
    message: expect.stringContaining("no identity"),
  });
  for (const other of [await readBackupKey(eve!), Buffer.alloc(32, 7), undefined])
    await expect(verifyBackup({ destination, id, key: other })).rejects.toMatchObject({ code: "BACKUP_KEY" });
  for (const own of [ann!, ben!]) {
    const written = `# created: 2026-11-23T03:00:00Z\n# public key: ${await identityToRecipient(own)}\n${own}\n`;
    await db.sql("drop table note");
    await restoreBackup({ url: db.url, destination, id, key: await readBackupKey(written) });
    expect(await db.sql("select count(*)::int as rows, max(text) as last from note")).toEqual([
      { rows: 100, last: "secret 99" },
    ]);
  }
});

test("what is no recipient is refused before anything is written", async () => {
  await using db = await freshDatabase();
  await using place = await tempFolder();
  const key = await readBackupKey("age1nobody");
  await expect(
    createBackup({ url: db.url, destination: folder(place.path), scope: "full", key }),
  ).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await expect(readBackupKey("AGE-SECRET-KEY-1NOBODY")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
