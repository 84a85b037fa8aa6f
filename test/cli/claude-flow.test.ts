// Owns what a swarm is told of a run of the command, and that one that misbehaves changes a line in the report and nothing else.
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { freshDatabase, tempFolder, type Ended } from "@clew/kit";
import { expect, test } from "vitest";
import { fakeFlow, type FakeFlow } from "../../packages/claude-flow-hooks/test/fake-flow.ts";
import { clew, migrations } from "./clew.ts";

interface Report {
  readonly outcome: string;
  readonly steps: readonly { readonly version: string; readonly status: string }[];
  readonly findings: readonly { readonly code: string; readonly severity: string }[];
}

const withPath = (flow: FakeFlow): string => `${dirname(flow.command)}${delimiter}${process.env["PATH"]}`;

test("a swarm is told of a run; keys and SQL are not", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  await using flow = await fakeFlow("well");
  const env = { DATABASE_URL: db.url, PATH: withPath(flow), SUPABASE_SERVICE_ROLE_KEY: "canary-key" };
  const ended = await clew(["execute", "--claude-flow", "--json"], { cwd: folder.path, env });
  expect(ended.status).toBe(0);
  expect((JSON.parse(ended.stdout) as Report).findings).toEqual([]);
  const calls = await flow.calls();
  const told = calls.map(({ tool }) => tool?.name);
  expect(told[0]).toBe("hooks_pre-task");
  expect(told.slice(-2)).toEqual(["hooks_notify", "hooks_post-task"]);
  expect(told.filter((name) => name === "hooks_post-edit")).toHaveLength(3);
  const memory = JSON.parse(await readFile(join(flow.folder, "memory.json"), "utf8")) as Record<string, string>;
  expect(JSON.parse(memory["swarm/migration/status"]!)).toMatchObject({
    state: "applied",
    progress: { done: 3, of: 3 },
  });
  expect(JSON.stringify(calls)).not.toMatch(/canary-key|create table|postgres(ql)?:\/\//i);
});

test.each(["hang", "fail", "flood", "missing"] as const)("one that is of the kind %s", async (manner) => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    ...migrations,
    "clew.config.ts": `import { claudeFlow } from ${JSON.stringify(join(import.meta.dirname, "../../packages/claude-flow-hooks/dist/index.js"))};
export default { hooks: [claudeFlow({ command: process.env.FLOW, budget: 500 })] };`,
  });
  await using flow = await fakeFlow(manner === "missing" ? "well" : manner);
  const command = manner === "missing" ? join(folder.path, "nowhere") : flow.command;
  // The flag adds no second one to that of the configuration.
  const run = (...args: string[]): Promise<Ended> =>
    clew([...args, "--claude-flow", "--json"], { cwd: folder.path, env: { DATABASE_URL: db.url, FLOW: command } });
  const ended = await run("execute", "--yes");
  const report = JSON.parse(ended.stdout) as Report;
  expect({ status: ended.status, outcome: report.outcome }).toEqual({ status: 0, outcome: "applied" });
  expect(report.steps.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
  expect(report.findings).toEqual([expect.objectContaining({ code: "CLAUDE_FLOW_UNTOLD", severity: "warning" })]);
  // A failing run keeps its status too.
  await folder.write({ "migrations/0004_wrong.sql": "select nothing from nowhere;" });
  const failed = await run("execute", "--yes");
  expect({ status: failed.status, outcome: (JSON.parse(failed.stdout) as Report).outcome }).toEqual({
    status: 1,
    outcome: "failed",
  });
});

test("nothing is started for a plan, or where nobody asked", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  await using flow = await fakeFlow("well");
  const env = { DATABASE_URL: db.url, PATH: withPath(flow) };
  await clew(["execute", "--dry-run", "--claude-flow"], { cwd: folder.path, env });
  await clew(["execute"], { cwd: folder.path, env });
  expect(await flow.calls()).toEqual([]);
});

test("a swarm that says no stops the run before anything has run", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    ...migrations,
    "clew.config.ts": `import { claudeFlow } from ${JSON.stringify(join(import.meta.dirname, "../../packages/claude-flow-hooks/dist/index.js"))};
export default { hooks: [claudeFlow({ command: process.env.FLOW, ask: "silence-refuses", askFor: 500 })] };`,
  });
  await using flow = await fakeFlow("well");
  const env = { DATABASE_URL: db.url, FLOW: flow.command };
  const refused = await clew(["execute"], { cwd: folder.path, env });
  expect(refused.status).toBe(4);
  expect(refused.stderr).toContain("the swarm gave no go");
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);
});
