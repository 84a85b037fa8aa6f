// Proves that secrets do not come out: random texts around canaries, through messages, errors, JSON and the log.
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { tempFolder } from "@clew/kit";
import { ClewError } from "@clew/core";
import { expect, test } from "vitest";
import { errorText } from "./errors.ts";
import { openLog } from "./log/file.ts";
import { said } from "./log/record.ts";
import { createOutput, secretsOf } from "./output.ts";

const rounds = Number(process.env["CLEW_FUZZ_ROUNDS"] ?? 10_000);
const seed = Number(process.env["CLEW_FUZZ_SEED"] ?? 20_261_122);

/** https://en.wikipedia.org/wiki/Xorshift */
function randomFrom(start: number): (below: number) => number {
  let state = start | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const random = randomFrom(seed);
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const word = (length: number): string => Array.from({ length }, () => pick([...letters])).join("");
const upper = (length: number): string => word(length).toUpperCase();

/** Text that surrounds a secret: words, quotes, brackets, line ends, colours, other scripts, things that look like secrets. */
const noise = (): string =>
  Array.from({ length: random(8) }, () =>
    pick([
      word(1 + random(12)),
      " ",
      "\n",
      "\t",
      "'",
      '"',
      "(",
      ")",
      "=",
      ":",
      "@",
      "\\",
      "é",
      "漢",
      "\u001B[31m",
      "password",
      "Key (a)=(b)",
      "$$",
      "--",
      "{}",
      "%20",
    ]),
  ).join(pick(["", " "]));

/** Ways in which a secret stands in what the server, a client or a user says; each is known by its form. */
const forms: readonly ((canary: string) => string)[] = [
  (canary) => `postgresql://user:${canary}@host:5432/db`,
  (canary) => `postgres://u.ref:${canary}@aws-0.pooler.supabase.com/postgres?sslmode=require`,
  (canary) => `eyJhbGciOiJIUzI1NiJ9.${canary}${canary}.${canary}`,
  (canary) => `sb_secret_${canary}`,
  (canary) => `sbp_${canary}`,
  (canary) => `AGE-SECRET-KEY-1${canary.toUpperCase()}`,
  (canary) => `create role r login password '${canary}'`,
  (canary) => `ALTER USER r WITH ENCRYPTED PASSWORD E'${canary}''${canary}'`,
  (canary) => `alter role r password $x$${canary}$x$`,
  (canary) => `host=h user=u password=${canary} dbname=d`,
  (canary) => `Authorization: Bearer ${canary}`,
  (canary) => `apikey: ${canary}`,
  (canary) => `{"apikey":"${canary}"}`,
  (canary) => `SUPABASE_SERVICE_ROLE_KEY=${canary}`,
  (canary) => `DETAIL:  Key (mail, "n)")=(${canary}, (${canary})) already exists.`,
  (canary) => `Key (a)=(${canary}) is not present in table "t".`,
  (canary) => `Failing row contains (1, ${canary}, null).`,
];

test(`none of ${rounds} random texts brings a canary out (CLEW_FUZZ_SEED=${seed})`, async () => {
  await using folder = await tempFolder();
  const stream = new PassThrough({ encoding: "utf8", highWaterMark: 1 << 30 });
  const terminal = stream as unknown as NodeJS.WriteStream;
  const shared = {
    stdout: terminal,
    stderr: terminal,
    env: { FORCE_COLOR: "1" },
    level: "debug",
    noColor: false,
  } as const;
  const output = createOutput({ ...shared, json: false });
  const json = createOutput({ ...shared, json: true });
  const log = openLog({
    folder: folder.path,
    command: "execute",
    size: 1e9,
    days: 1,
    now: new Date(),
    clean: (text) => output.clean(text),
    onFailure: (error) => {
      throw error;
    },
  });
  const canaries: string[] = [];
  // Passwords that are known by their value, with every character that quoting, URLs and JSON change.
  const known = Array.from(
    { length: 5 },
    (_, at) => `Kn0wn${at}${upper(6)}${pick(['"', "'", "\\", "#", "%", "/", " "])}${word(6)}`,
  );
  for (const secret of known) {
    for (const one of secretsOf(`postgres://u:${encodeURIComponent(secret)}@h/d`)) {
      output.hide(one);
      json.hide(one);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const canary = `C4n4ry${word(12 + random(20))}`;
    canaries.push(canary);
    const secret = pick(known);
    const told = pick([
      () => pick(forms)(canary),
      () => pick([secret, encodeURIComponent(secret), JSON.stringify({ secret }), `'${secret.replaceAll("'", "''")}'`]),
    ])();
    // A space apart, as secrets stand: what is grown together with other letters is another word.
    const text = `${noise()} ${told}${pick(["", "\n", "\n" + noise()])}`;
    const error = new ClewError("STATEMENT_FAILED", text, {
      detail: text,
      hint: text,
      context: text,
      at: { path: "a.sql", line: 1, column: 1, excerpt: text },
    });
    output.log.info(text);
    output.log.error(errorText(error.data, output.paint));
    json.result({ kind: "error", error: error.data, deep: [{ [pick(["a", "b"])]: text }] }, () => "");
    output.result({}, () => text);
    log.write({ level: "info", event: "message", message: text });
    log.write(said({ type: "step.failed", version: "1", name: "m", direction: "up", ms: 1, error: error.data }));
  }
  log.close();
  const out = String(stream.read()) + readFileSync(log.path, "utf8");
  expect(out.length).toBeGreaterThan(rounds * 100);
  expect([...new Set(out.match(/C4n4ry\w+/gi))].slice(0, 3)).toEqual([]);
  const value = known.find((secret) => out.includes(secret) || out.includes(encodeURIComponent(secret)));
  expect(value, "a password that is known by its value").toBeUndefined();
  expect([...new Set(out.match(/Kn0wn\d\w+/g))].slice(0, 3)).toEqual([]);
  // It is the cleaning that holds them back: without it they would be here.
  expect(canaries.some((canary) => out.includes(canary))).toBe(false);
}, 300_000);
