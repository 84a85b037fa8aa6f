// Tests what a run's report says that its statements took: time, rows, waits for locks, and what the channel cannot tell.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import type { RunEvent } from "../events.ts";
import { MigrationExecutor } from "../executor.ts";
import { startMeter, type Meter } from "./meter.ts";

const step = { version: "0001", name: "m", direction: "up" } as const;
const usage = (): { userCPUTime: number; systemCPUTime: number; maxRSS: number } => ({
  userCPUTime: 1_500_000,
  systemCPUTime: 500_000,
  maxRSS: 2,
});
const at = (line: number): { path: string; line: number } => ({ path: "migrations/0001_m.sql", line });
const sql = { type: "statement.finished", ...step } as const;
const report = { version: "0001", name: "m", status: "applied" } as const;

type Channel = Parameters<typeof startMeter>[0];

/** A meter that hears events at these times. */
function heard(channel: Partial<Channel>, events: readonly (readonly [at: number, event: RunEvent])[]): Meter {
  let clock = 0;
  const supports = { autocommit: true, sessions: true };
  const meter = startMeter({ supports, ...channel }, { connections: 2 }, usage, () => clock);
  for (const [time, event] of events) {
    clock = time;
    meter.hear(event);
  }
  return meter;
}

test("statements, also of several segments and told together; waits for locks from their beginning to their end", () => {
  let sent = 100;
  const meter = heard({ sent: () => (sent += 100) }, [
    [0, { type: "step.started", ...step, statements: 5, at: 1, of: 1 }],
    [3_000, { type: "step.blocked", ...step, blockers: [], ms: 2_900 }],
    [3_500, { type: "step.blocked", ...step, blockers: [], ms: 3_400 }],
    [4_000, { type: "step.unblocked", ...step }],
    [11_000, { ...sql, at: at(1), kind: "UPDATE", rows: 7, done: 1, of: 3, ms: 11_000 }],
    [11_500, { ...sql, at: at(4), done: 3, of: 3, ms: 11_500 }],
    [11_520, { ...sql, at: at(9), done: 1, of: 2, ms: 20 }],
  ]);
  const statements = [
    { statement: 1, ms: 11_000, blockedMs: 3_900, rows: 7, kind: "UPDATE" },
    { statement: 2, to: 3, ms: 500 },
    { statement: 1, ms: 20 },
  ];
  const lines = [1, 4, 9];
  expect(meter.withStatements(report)).toEqual({
    ...report,
    figures: statements.map((one, index) => ({ ...one, line: lines[index] })),
  });
  expect(meter.read()).toEqual({
    cpuMs: 2_000,
    memoryBytes: 2_048,
    blockedMs: 3_900,
    sentBytes: 100,
    slowest: statements.map((one, index) => ({ version: "0001", name: "m", ...one, at: at(lines[index]!) })),
    untold: [],
  });
});

test("what is tried again counts once; a segment that has run stays", () => {
  const retried = { type: "step.retried", ...step, attempt: 1, seconds: 1, reason: "" } as const;
  const meter = heard({}, [
    [0, { type: "step.started", ...step, statements: 3, at: 1, of: 1 }],
    [1, { ...sql, at: at(1), done: 1, of: 1, ms: 5 }],
    [2, { ...sql, at: at(2), done: 1, of: 2, ms: 3 }],
    [3, retried],
    [4, { ...sql, at: at(2), done: 1, of: 2, ms: 4 }],
    [5, { ...sql, at: at(3), done: 2, of: 2, ms: 9 }],
  ]);
  expect(meter.withStatements(report).figures?.map(({ line, ms }) => [line, ms])).toEqual([
    [1, 5],
    [2, 4],
    [3, 5],
  ]);
});

test("a wait before the first statement began is the run's, and no statement's", () => {
  const meter = heard({}, [
    [0, { type: "step.started", ...step, statements: 1, at: 1, of: 1 }],
    [3_000, { type: "step.blocked", ...step, blockers: [], ms: 2_900 }],
    [5_001, { ...sql, at: at(1), done: 1, of: 1, ms: 0.4 }],
  ]);
  expect(meter.withStatements(report).figures).toEqual([{ statement: 1, ms: 0.4, line: 1 }]);
  expect(meter.read().blockedMs).toBe(4_901);
});

test("a channel that answers for a batch as a whole tells the time of all of it, and says what it cannot tell", () => {
  const supports = { autocommit: false, sessions: false };
  const meter = heard({ supports, untold: { time: "as a whole", rows: "not told" } }, [
    [0, { type: "step.started", ...step, statements: 2, at: 1, of: 1 }],
    [1, { ...sql, at: at(1), kind: "INSERT", done: 1, of: 2, ms: 800 }],
    [2, { ...sql, at: at(2), kind: "INSERT", done: 2, of: 2, ms: 800 }],
  ]);
  expect(meter.withStatements(report).figures).toMatchObject([{ statement: 1, to: 2, ms: 800 }]);
  expect(meter.read().untold.map(({ figure }) => figure)).toEqual(["time", "rows", "lock waits", "bytes sent"]);
});

test("a real run tells rows, also of many statements sent together, bytes, and a wait for a lock", async () => {
  await using db = await freshDatabase();
  const inserts = "insert into a values (1), (2);\n".repeat(6_000);
  await using folder = await tempFolder({
    "1_a.sql":
      "create table a (id int);\ninsert into a select generate_series(1, 5);\nupdate a set id = 9;\nselect from a;",
    "2_bulk.sql": inserts,
    "3_held.sql": "select 1;\nalter table a add column b int;",
  });
  const options = { databaseUrl: db.url, dir: folder.path, lockTimeout: 20_000 };
  const first = await new MigrationExecutor(options).execute("2");
  expect(first.steps[0]!.figures).toMatchObject([
    { statement: 1, kind: "CREATE TABLE", line: 1 },
    { statement: 2, kind: "INSERT", rows: 5, line: 2 },
    { statement: 3, kind: "UPDATE", rows: 5, line: 3 },
    { statement: 4, kind: "SELECT", rows: 5, line: 4 },
  ]);
  expect(first.steps[0]!.figures![0]).not.toHaveProperty("rows");
  expect(first.steps[1]!.figures!.reduce((sum, { rows = 0 }) => sum + rows, 0)).toBe(12_000);
  expect(first.figures!.sentBytes).toBeGreaterThan(inserts.length);
  expect(first.figures!.untold).toEqual([]);

  const holder = await db.client();
  await holder.query("begin; lock table a");
  const seen: RunEvent["type"][] = [];
  const held = new MigrationExecutor({
    ...options,
    observers: [
      ({ type }) => {
        if (type === "step.blocked" && !seen.includes(type)) void holder.query("commit");
        seen.push(type);
      },
    ],
  });
  const { steps, figures } = await held.executeAll();
  const [, waiting] = steps[0]!.figures!;
  // It was looked at for the first time after two seconds, and had waited all the while.
  expect(waiting!.blockedMs).toBeGreaterThan(1_000);
  // The server's clock tells the wait, the client's the statement: a wait that seems to begin before its statement is counted whole for the run.
  expect(figures!.blockedMs).toBeGreaterThanOrEqual(waiting!.blockedMs!);
});
