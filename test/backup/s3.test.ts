// Pins backups in an S3-compatible store, against a server that takes uploads in parts.
import { fileURLToPath } from "node:url";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, start, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "../cli/clew.ts";

/** A store of its own in a folder, with a bucket. It reckons signatures of a bucket's own address as no other does, so it does not ask for them. */
async function startStore(folder: string) {
  await mkdir(join(folder, "bucket"), { recursive: true });
  const program = `const Store = require(${JSON.stringify(fileURLToPath(import.meta.resolve("@20minutes/s3rver")))});
    new Store({ port: 0, address: "127.0.0.1", directory: ${JSON.stringify(folder)}, silent: true, vhostBuckets: false, allowMismatchedSignatures: true })
      .run().then(({ port }) => console.log(port));`;
  let tell: (port: string) => void;
  const listening = new Promise<string>((resolve) => (tell = resolve));
  const store = start(process.execPath, ["-e", program], {
    timeoutMs: 170_000,
    onOutput: ({ stdout }) => void (stdout.endsWith("\n") && tell(stdout.trim())),
  });
  const port = await Promise.race([listening, store.ended.then((end) => Promise.reject(new Error(end.stderr)))]);
  return {
    env: {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    },
    async [Symbol.asyncDispose]() {
      store.kill();
      await store.ended;
    },
  };
}

/** Every file below a folder, with its size. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

test(
  "made, listed, verified, restored, found damaged, pruned; in parts, below a prefix",
  { timeout: 180_000 },
  async () => {
    await using db = await freshDatabase();
    // More than a part of an upload, once it is packed.
    await db.sql(`create table person (id int primary key, name text); insert into person select n, md5(n::text) || md5(random()::text) from generate_series(1, 400000) n;
    create table note (body text); insert into note values ('x')`);
    await using folder = await tempFolder();
    await using store = await startStore(folder.path);
    const { env } = store;
    const at = ["--at", "s3://bucket/some/prefix", "--json"];
    const made = await clew(["backup", "create", "--db", db.url, ...at], { env });
    expect(made.status, made.stdout + made.stderr).toBe(0);
    const { backup } = JSON.parse(made.stdout) as { backup: { id: string; bytes: number } };
    expect(backup.bytes).toBeGreaterThan(9_000_000);

    const listed = JSON.parse((await clew(["backup", "list", ...at], { env })).stdout) as object;
    expect(listed).toMatchObject({ place: "s3://bucket/some/prefix", backups: [{ id: backup.id, rows: 400_001 }] });
    const verified = await clew(["backup", "verify", "latest", ...at], { env });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, level: "decode" });

    await db.sql("drop table note; delete from person where id > 100");
    const restored = await clew(["backup", "restore", "latest", "--yes", "--db", db.url, ...at], { env });
    expect(restored.status, restored.stdout).toBe(0);
    expect(
      await db.sql("select (select count(*)::int from person) + (select count(*)::int from note) as rows"),
    ).toEqual([{ rows: 400_001 }]);

    const stored = await filesBelow(join(folder.path, "bucket"));
    const chunk = stored.find((path) => path.includes("00002-0001.copy.zst") && !path.includes("metadata"))!;
    const bytes = await readFile(chunk);
    bytes[1000]! ^= 1;
    await writeFile(chunk, bytes);
    const damaged = await clew(["backup", "verify", "latest", ...at], { env });
    expect(damaged.status).toBe(1);
    expect(JSON.parse(damaged.stdout)).toMatchObject({ ok: false, damage: [{ path: "00002-0001.copy.zst" }] });

    expect((await clew(["backup", "prune", "--last", "0", "--yes", ...at], { env })).status).toBe(0);
    expect(JSON.parse((await clew(["backup", "list", ...at], { env })).stdout)).toMatchObject({ backups: [] });
  },
);

test("a bucket that there is not leaves no backup, and says which place it is", async () => {
  await using db = await freshDatabase();
  await db.sql("create table note (body text)");
  await using folder = await tempFolder();
  await using store = await startStore(folder.path);
  const { env } = store;
  const at = ["--at", "s3://nowhere/x", "--json"];
  const made = await clew(["backup", "create", "--db", db.url, ...at], { env });
  expect(made.status).toBe(1);
  expect(JSON.parse(made.stdout)).toMatchObject({ kind: "error", error: { code: "BACKUP_FAILED" } });
  const listed = await clew(["backup", "list", ...at], { env });
  expect(JSON.parse(listed.stdout)).toMatchObject({
    error: { code: "BACKUP_PLACE", message: expect.stringMatching(/^s3:\/\/nowhere\/x: /) as string },
  });
});
