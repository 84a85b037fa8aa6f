// Owns the promise that no password or key is ever printed.
import { connectionString, freshDatabase, secretUser, tempFolder } from "@clew/kit";
import type { Ended } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "./clew.ts";

const canary = secretUser.password;
const key = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";

function expectClean({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    for (const secret of [canary, encodeURIComponent(canary), "canary", key, "s3cret-in-sql"])
      expect(text).not.toContain(secret);
  }
}

test("through success and failure, for people and in JSON, at every level", async () => {
  await using db = await freshDatabase();
  const { hostname, port } = new URL(db.url);
  const url = connectionString({ host: hostname, port: Number(port), database: db.name, ...secretUser });
  await using folder = await tempFolder({
    "1_role.sql": `do $$ begin raise notice '${canary}'; end $$;`,
    "2_wrong.sql": `select '${canary}', '${key}', nothing from nowhere where password = 's3cret-in-sql';`,
    "2_wrong.down.sql": `select '${canary}'`,
  });
  const flags = ["--db", url, "--dir", folder.path, "--log-level", "debug"];
  const runs = [["status"], ["execute"], ["status"], ["validate"], ["plan"], ["rollback", "--yes"]];
  for (const args of runs) {
    for (const more of [[], ["--json"]]) {
      const ended = await clew([...args, ...more, ...flags]);
      expectClean(ended);
      expect(`${ended.stdout}${ended.stderr}`).toContain(db.name);
    }
  }
  const kept = await db.sql("select message from clew.attempt where outcome = 'failed'");
  expect(JSON.stringify(kept)).toContain("nowhere");
});

test("where the connection fails, the URL cannot be read, or the flag is wrong", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "select 1;" });
  const { hostname, port } = new URL(db.url);
  const wrong = connectionString({ host: hostname, port: Number(port), user: secretUser.user, password: `${canary}!` });
  const tries: readonly (readonly [url: string, status: number])[] = [
    [wrong, 1],
    [`postgres://someone:${encodeURIComponent(canary)}@127.0.0.1:1/x`, 1],
    [`postgres://someone:${canary}@127.0.0.1:1/x`, 2],
    [`postgres://someone:canary#@pass@127.0.0.1:1/x`, 2],
    [`mysql://someone:${encodeURIComponent(canary)}@127.0.0.1:1/x`, 2],
  ];
  for (const [url, status] of tries) {
    for (const more of [[], ["--json"]]) {
      const ended = await clew(["status", ...more, "--db", url, "--dir", folder.path, "--log-level", "debug"]);
      expect({ url, status: ended.status }).toEqual({ url, status });
      expectClean(ended);
    }
  }
  expectClean(await clew([`--db=${wrong}x`, "--dbb"]));
});

test("a password that is also a name, as in a local Supabase, hides no names", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "select 1;" });
  const url = Object.assign(new URL(db.url), { password: "postgres" }).href;
  const { stdout } = await clew(["status", "--db", url, "--dir", folder.path]);
  expect(stdout).toContain(`Database ${db.name}, as postgres, on Postgres`);
});
