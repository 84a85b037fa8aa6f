// Random migrations over a growing schema come back: what is said to be whole is, by pg_dump and the rows of all tables.
// So they do, as to the schema, when others have written to the tables since.
// CLEW_WALK says how many statements come back (default 500, and a quarter of that under others' writes), CLEW_WALK_SEED from which seed on (default 5041).
import { startServer, type Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../fuzz/mutation.ts";
import { base } from "./cases.ts";
import { startDumper, type Dumper } from "./dump.ts";
import { shorten, walk, type Counts, type Ground } from "./walk/walk.ts";

const steps = Number(process.env["CLEW_WALK"] ?? 500);
const first = Number(process.env["CLEW_WALK_SEED"] ?? 5041);
const length = 15;
const tries = 150;

let server: Server;
let dumper: Dumper;
beforeAll(async () => {
  server = await startServer();
  dumper = startDumper();
});
afterAll(async () => {
  await dumper[Symbol.asyncDispose]();
  await server.stop();
});

test(`${steps} random statements from seed ${first} on are undone`, { timeout: 24 * 3_600_000 }, async () => {
  const counts = await walkFar({ server, dumper, base }, steps);
  expect(counts.whole / counts.steps).toBeGreaterThan(0.8);
});

test("so is what others have written to since", { timeout: 24 * 3_600_000 }, async () => {
  const counts = await walkFar({ server, dumper, base, others: true }, Math.ceil(steps / 4));
  expect(counts.written).toBeGreaterThan(counts.migrations);
  expect(counts.whole / counts.steps).toBeGreaterThan(0.5);
});

async function walkFar(ground: Ground, far: number): Promise<Counts> {
  const counts: Counts = { migrations: 0, steps: 0, whole: 0, refused: 0, lost: new Map() };
  for (let seed = first; counts.whole < far; seed += 1) {
    const wrong = await walk(ground, randomFrom(seed * 1_000_003), length, counts);
    if (wrong) {
      const { complaint, migrations } = await shorten(ground, wrong, tries);
      const texts = migrations.map((migration) => migration.join(";\n"));
      expect.fail(`seed ${seed}: ${complaint}\n\n${texts.join("\n---- next migration\n")}`);
    }
  }
  console.log(counts);
  return counts;
}
