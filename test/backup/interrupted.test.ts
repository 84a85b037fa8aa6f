// Pins what is left of a backup or a restore that is killed, cut off or has no room: no backup, and the database as it was.
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDatabase, run, startProxy, startServer, tempFolder, type Database, type Server } from "@clew/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bin, clew, startClew } from "../cli/clew.ts";

let server: Server;
let db: Database;
const sums =
  "select (select md5(string_agg(p::text, ',' order by id)) from person p) as person, (select count(*)::int from note) as notes";

beforeAll(async () => {
  server = await startServer();
  db = await freshDatabase({ server });
  await db.sql(`create table person (id int primary key, name text); create table note (id int primary key, body text);
    insert into person select n, md5(n::text) || md5((n + 1)::text) from generate_series(1, 200000) n;
    insert into note select n, md5(n::text) from generate_series(1, 100000) n`);
});
afterAll(() => server.stop());

/** Nothing there looks like a backup, and the next one is made and cleans up. */
async function expectClean(place: string): Promise<void> {
  const listed = await clew(["backup", "list", "--json", "--at", place]);
  expect(JSON.parse(listed.stdout)).toMatchObject({ backups: [] });
  const next = await clew(["backup", "create", "note", "--level", "decode", "--db", db.url, "--at", place, "--json"]);
  expect(next.status, next.stderr).toBe(0);
  const { backup } = JSON.parse(next.stdout) as { backup: { id: string } };
  expect((await readdir(place)).sort()).toEqual([".gitignore", backup.id]);
}

describe("kill -9", () => {
  // From before it connects to about when it ends; where it was faster, it is whole.
  const moments = Array.from({ length: Number(process.env["CLEW_TEST_KILLS"] ?? 8) }, (_, at) => at);
  test("while a backup is made, at many moments", { timeout: 240_000 }, async () => {
    await using folder = await tempFolder();
    const began = performance.now();
    await clew(["backup", "create", "--db", db.url, "--at", join(folder.path, "whole")]);
    const takes = performance.now() - began;
    let cut = 0;
    for (const at of moments) {
      const place = join(folder.path, String(at));
      const making = startClew(["backup", "create", "--db", db.url, "--at", place]);
      const timer = setTimeout(() => making.kill("SIGKILL"), (takes * (at + 1)) / (moments.length + 1));
      const { signal } = await making.ended;
      clearTimeout(timer);
      const left = existsSync(place) ? await readdir(place) : [];
      const finished = left.filter((name) => !name.startsWith("."));
      if (signal === "SIGKILL" && finished.length === 0) {
        cut += 1;
        await mkdir(place, { recursive: true });
        await expectClean(place);
      } else {
        const verified = await clew(["backup", "verify", "latest", "--at", place, "--db", db.url]);
        expect(verified.status, verified.stdout + verified.stderr).toBe(0);
      }
    }
    expect(cut).toBeGreaterThan(0);
  });

  test("while a restore runs, at many moments: as it was, or all of it", { timeout: 240_000 }, async () => {
    await using folder = await tempFolder();
    const place = join(folder.path, "backups");
    await clew(["backup", "create", "--db", db.url, "--at", place]);
    const [whole] = await db.sql(sums);
    const restore = ["backup", "restore", "latest", "--mode", "replace", "--yes", "--db", db.url, "--at", place];
    const harm = "delete from person where id % 3 = 0; update person set name = 'x' where id % 3 = 1; truncate note";
    await db.sql(harm);
    const [harmed] = await db.sql(sums);
    const began = performance.now();
    expect((await clew(restore)).status).toBe(0);
    const takes = performance.now() - began;
    expect(await db.sql(sums)).toEqual([whole]);
    let cut = 0;
    for (const at of moments) {
      await db.sql(harm);
      const running = startClew(restore);
      const timer = setTimeout(() => running.kill("SIGKILL"), (takes * (at + 1)) / (moments.length + 1));
      await running.ended;
      clearTimeout(timer);
      // What the killed one had sent may still be at work; it ends with its connection.
      await expect
        .poll(
          () =>
            db.sql(
              "select from pg_stat_activity where datname = current_database() and application_name = 'clew backup'",
            ),
          { timeout: 20_000 },
        )
        .toEqual([]);
      const [now] = await db.sql(sums);
      if (JSON.stringify(now) === JSON.stringify(harmed)) cut += 1;
      else expect(now).toEqual(whole);
    }
    expect(cut).toBeGreaterThan(0);
    await clew(restore);
    expect(await db.sql(sums)).toEqual([whole]);
  });
});

test("a full disk: files that may not grow, as `ulimit -f` has it", async () => {
  await using folder = await tempFolder();
  const place = join(folder.path, "backups");
  // Blocks of 1,024 bytes, of which the rows need more.
  const command = `ulimit -f 200; trap '' XFSZ; exec ${process.execPath} ${bin} backup create --json --db ${db.url} --at ${place}`;
  const { status, stdout } = await run("bash", ["-c", command]);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "BACKUP_FAILED", message: expect.stringMatching(/no room left \(EFBIG\)/) as string },
  });
  expect(await readdir(place)).toEqual([".gitignore"]);
  await expectClean(place);
});

test.for(["small", "filled"])("a disk of its own that is full: %s", async (mode, { skip }) => {
  const script = fileURLToPath(new URL("small-disk.sh", import.meta.url));
  const shell = ["--mount", "bash", script, mode, process.execPath, bin, db.url];
  const { stdout, stderr } = await run("unshare", shell).catch((error: unknown) => ({
    stdout: "",
    stderr: `unshare: ${String(error)}`,
  }));
  if (/^(?:unshare|mount):/m.test(stderr)) skip(`no file system can be mounted here: ${stderr.trim()}`);
  if (mode === "small") {
    // The estimate refuses before a file is made.
    expect(stdout).toMatch(/has \d+ MB left, and the backup may take \d+ MB/);
    expect(stdout).toMatch(/left: *\n$/);
  } else {
    expect(stdout).toContain("there is no room left (ENOSPC)");
    expect(stdout).toMatch(/left: \.gitignore *\n$/);
  }
});

test("a connection that is cut while rows are read, at several places", { timeout: 120_000 }, async () => {
  await using folder = await tempFolder();
  let failed = 0;
  for (const bytes of [2_000, 300_000, 2_000_000, 9_000_000]) {
    const place = join(folder.path, String(bytes));
    await using proxy = await startProxy(db.url);
    const cut = proxy.cutAfterBytes("server", bytes);
    const { status, stdout } = await clew(["backup", "create", "--json", "--db", proxy.url, "--at", place]);
    await cut;
    if (status === 0) {
      // It was the second connection, and was done without.
      expect((await clew(["backup", "verify", "latest", "--at", place])).status).toBe(0);
      continue;
    }
    failed += 1;
    expect(JSON.parse(stdout)).toMatchObject({ kind: "error" });
    await mkdir(place, { recursive: true });
    await expectClean(place);
  }
  expect(failed).toBeGreaterThan(1);
});
