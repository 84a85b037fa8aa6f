// Tests what a swarm is told, by every transport, and that a program that misbehaves costs its budget and nothing else.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan, RunEvent, RunReport } from "@clew/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeFlow, type FakeFlow } from "../test/fake-flow.ts";
import { claudeFlow, type ClaudeFlowOptions } from "./claude-flow.ts";
import { programEnvironment } from "./program.ts";
import type { MigrationStatus } from "./status.ts";
import { mcpTransport } from "./transports/mcp.ts";

const target = { database: "d", user: "u", server: "17" };

function planOf(count: number): Plan {
  const steps = Array.from({ length: count }, (_, at) => ({
    version: String(at + 1),
    name: "m",
    path: `migrations/${at + 1}_m.sql`,
    checksum: "",
    text: "",
    direction: "up" as const,
    mode: "whole" as const,
    statements: 2,
    segments: [],
    rollback: "none" as const,
  }));
  return { id: "plan-1", base: null, history: [], target, steps };
}

/** What the engine emits for a run; with `failing`, that version fails. */
function eventsOf(count: number, failing?: string): readonly RunEvent[] {
  const plan = planOf(count);
  const error = {
    code: "STATEMENT_FAILED",
    message: "secret rows",
    help: "",
    sqlstate: "42703",
    version: failing ?? "",
  } as const;
  const began = plan.steps.filter(({ version }) => failing === undefined || Number(version) <= Number(failing));
  const report: RunReport = {
    kind: "execute",
    outcome: failing === undefined ? "applied" : "failed",
    run: "run-1",
    target,
    steps: plan.steps.map(({ version, name }) => ({
      version,
      name,
      status: version === failing ? "failed" : began.some((one) => one.version === version) ? "applied" : "not-run",
    })),
    findings: [],
    ...(failing === undefined ? {} : { error }),
    ms: 12.4,
  };
  return [
    { type: "run.started", run: "run-1", plan },
    ...began.flatMap(({ version, name, direction }, at): RunEvent[] => [
      { type: "step.started", version, name, direction, statements: 2, at: at + 1, of: count },
      version === failing
        ? { type: "step.failed", version, name, direction, ms: 3, error }
        : { type: "step.finished", version, name, direction, ms: 3.2 },
    ]),
    { type: "run.finished", report },
  ];
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clew-hooks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function tell(
  events: readonly RunEvent[],
  options: ClaudeFlowOptions,
): Promise<Awaited<ReturnType<ReturnType<typeof claudeFlow>["close"]>>> {
  const hooks = claudeFlow({ folder: join(folder, "own"), memory: join(folder, "memory.db"), ...options });
  for (const event of events) {
    hooks.observe(event);
    await new Promise((resume) => setImmediate(resume));
  }
  return hooks.close();
}

const stored = (flow: FakeFlow): MigrationStatus => {
  const memory = JSON.parse(readFileSync(join(flow.folder, "memory.json"), "utf8")) as Record<string, string>;
  return JSON.parse(memory["swarm/migration/status"]!) as MigrationStatus;
};

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // One that has ended and that nobody has asked for is none.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

const allGone = async (flow: FakeFlow): Promise<void> => {
  const pids = await flow.pids();
  await expect.poll(() => pids.filter(alive)).toEqual([]);
};

describe("what is told", () => {
  test("over MCP: one server for the run, the tools in their order, the status in memory", async () => {
    await using flow = await fakeFlow("well");
    expect(await tell(eventsOf(2), { command: flow.command })).toEqual([]);
    const calls = await flow.calls();
    expect(new Set(calls.map(({ pid }) => pid)).size).toBe(1);
    const tools = calls.map(({ tool }) => tool!.name).filter((name) => name !== "memory_store");
    expect(tools).toEqual(["hooks_pre-task", "hooks_post-edit", "hooks_post-edit", "hooks_notify", "hooks_post-task"]);
    expect(calls.find(({ tool }) => tool!.name === "hooks_post-edit")!.tool!.arguments).toEqual({
      filePath: "migrations/1_m.sql",
      success: true,
    });
    expect(stored(flow)).toEqual({
      format: 1,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      run: "run-1",
      plan: "plan-1",
      direction: "up",
      state: "applied",
      progress: { done: 2, of: 2 },
      steps: [
        { version: "1", name: "m", statements: 2, status: "applied", ms: 3 },
        { version: "2", name: "m", statements: 2, status: "applied", ms: 3 },
      ],
      result: { outcome: "applied", ms: 12 },
      next: "nothing",
    });
    await allGone(flow);
  });

  test("by the command line: the documented commands, and memory as well, which releases that ignore --memory-key need", async () => {
    await using flow = await fakeFlow("well");
    expect(await tell(eventsOf(1), { command: flow.command, transport: "cli" })).toEqual([]);
    const calls = (await flow.calls()).map(({ args }) => args);
    expect(calls).toContainEqual([
      "hooks",
      "pre-task",
      "--task-id=clew-run-1",
      "--description=apply 1 migrations: 1_m",
    ]);
    expect(calls).toContainEqual([
      "hooks",
      "post-edit",
      "--file=migrations/1_m.sql",
      "--success=true",
      "--memory-key=swarm/migration/status",
    ]);
    expect(calls).toContainEqual(["memory", "init", `--path=${join(folder, "memory.db")}`]);
    expect(calls).toContainEqual(["hooks", "notify", "--message=migrations applied: 1 of 1", "--level=info"]);
    expect(calls).toContainEqual(["hooks", "post-task", "--task-id=clew-run-1", "--success=true", "--duration=12"]);
    expect(stored(flow).state).toBe("applied");
  });

  test("a release that has no MCP server is reached by the command line", async () => {
    await using flow = await fakeFlow("old");
    expect(await tell(eventsOf(1), { command: flow.command })).toEqual([]);
    expect(stored(flow).state).toBe("applied");
  });

  test("a failure: code, SQLSTATE and version, and neither the server's message nor rows", async () => {
    await using flow = await fakeFlow("well");
    await tell(eventsOf(3, "2"), { command: flow.command });
    expect(stored(flow)).toMatchObject({
      state: "failed",
      progress: { done: 1, of: 3 },
      result: { error: { code: "STATEMENT_FAILED", sqlstate: "42703", version: "2" } },
    });
    const calls = await flow.calls();
    expect(calls.at(-2)!.tool!.arguments["message"]).toBe(
      "migrations failed: 1 of 3 (STATEMENT_FAILED, SQLSTATE 42703, in 2)",
    );
    expect(JSON.stringify(calls)).not.toContain("secret rows");
  });

  test("a run that ends without a report is not left running", async () => {
    await using flow = await fakeFlow("well");
    await tell(eventsOf(2).slice(0, 2), { command: flow.command });
    expect(stored(flow)).toMatchObject({ state: "failed", progress: { done: 0, of: 2 } });
  });

  test("without a program: lines and a status file, and the report says where", async () => {
    const before = process.env["PATH"];
    process.env["PATH"] = folder;
    try {
      const findings = await tell(eventsOf(1), {});
      expect(findings).toEqual([expect.objectContaining({ code: "CLAUDE_FLOW_FILE", severity: "info" })]);
    } finally {
      process.env["PATH"] = before;
    }
    const own = join(folder, "own");
    const lines = readFileSync(join(own, "events.ndjson"), "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(
      expect.arrayContaining(["pre-task", "post-edit", "memory", "notify", "post-task"]),
    );
    const memory = JSON.parse(readFileSync(join(own, "memory.json"), "utf8")) as Record<string, MigrationStatus>;
    expect(memory["swarm/migration/status"]!.state).toBe("applied");
    expect(readdirSync(own).toSorted()).toEqual([".gitignore", "events.ndjson", "memory.json"]);
  });

  test("nothing is started where nothing runs", async () => {
    await using flow = await fakeFlow("well");
    expect(await claudeFlow({ command: flow.command, folder: join(folder, "own") }).close()).toEqual([]);
    expect(existsSync(join(folder, "own"))).toBe(false);
    expect(await flow.calls()).toEqual([]);
  });

  test("the program sees no variable but those that it needs, and lives in its own folder", async () => {
    await using flow = await fakeFlow("well");
    const keys = {
      SUPABASE_SERVICE_ROLE_KEY: "canary",
      DATABASE_URL: "canary",
      PGPASSWORD: "canary",
      AWS_SECRET: "canary",
    };
    Object.assign(process.env, keys);
    try {
      await tell(eventsOf(1), { command: flow.command });
    } finally {
      for (const key of Object.keys(keys)) Reflect.deleteProperty(process.env, key);
    }
    const { env, cwd } = (await flow.calls())[0]!;
    expect(JSON.stringify(env)).not.toContain("canary");
    expect(env).toMatchObject({
      CI: "true",
      CLAUDE_FLOW_AUTO_UPDATE: "false",
      RUFLO_DAEMON_AUTOSTART: "0",
      RUFLO_FUNNEL: "0",
      HOME: join(folder, "own"),
      CLAUDE_FLOW_DB_PATH: join(folder, "memory.db"),
    });
    expect(cwd).toBe(join(folder, "own"));
  });

  test("of a thousand migrations a document of a hundred steps is kept, and how it ended is always said", async () => {
    await using flow = await fakeFlow("well");
    await tell(eventsOf(1_000), { command: flow.command, budget: 2_000 });
    expect(stored(flow)).toMatchObject({ state: "applied", progress: { done: 1_000, of: 1_000 } });
    expect(stored(flow).steps).toHaveLength(100);
    const last = (await flow.calls()).map(({ tool }) => tool!.name);
    expect(last).toEqual(expect.arrayContaining(["hooks_notify", "hooks_post-task"]));
  });
});

describe("a program that misbehaves", () => {
  test.each([
    ["hangs", "hang", "mcp", /did not answer within/],
    ["hangs", "hang", "cli", /did not answer within/],
    ["takes calls and answers none", "deaf", "mcp", /did not answer within/],
    ["fails", "fail", "mcp", /its MCP server ended with 3/],
    ["fails", "fail", "cli", /hooks pre-task ended with 3/],
    ["floods", "flood", "mcp", /its MCP server said too much|did not answer within/],
    ["floods", "flood", "cli", /did not answer within/],
  ] as const)("one that %s (%s, %s) costs its budget, and is one line", async (_, manner, transport, reason) => {
    await using flow = await fakeFlow(manner);
    const findings = await tell(eventsOf(2), { command: flow.command, transport, budget: 500 });
    expect(findings).toEqual([
      expect.objectContaining({
        code: "CLAUDE_FLOW_UNTOLD",
        severity: "warning",
        message: expect.stringMatching(reason),
      }),
    ]);
    await allGone(flow);
  });

  test("one that leaves a daemon behind, which holds its output open, is not waited for, and the daemon ends", async () => {
    await using flow = await fakeFlow("daemon");
    expect(await tell(eventsOf(1), { command: flow.command, transport: "cli" })).toEqual([]);
    expect(await flow.pids()).toHaveLength(2 * (await flow.calls()).filter(({ args }) => args.length > 0).length);
    await allGone(flow);
  });

  test("one that is missing", async () => {
    const [finding, ...others] = await tell(eventsOf(1), { command: join(folder, "nowhere") });
    expect(finding!.message).toContain("is not in node_modules/.bin or the path");
    expect(others).toEqual([]);
  });

  test("nothing more is tried after two failures in a row", async () => {
    await using flow = await fakeFlow("fail");
    await tell(eventsOf(10), { command: flow.command, transport: "cli" });
    expect((await flow.calls()).length).toBe(2);
  });

  test("a folder that cannot be written is one line too", async () => {
    writeFileSync(join(folder, "own"), "a file");
    const findings = await tell(eventsOf(1), { transport: "file" });
    expect(findings).toEqual([expect.objectContaining({ code: "CLAUDE_FLOW_UNTOLD" })]);
  });
});

describe("asking for a go", () => {
  const context = {
    plan: planOf(1),
    session: undefined as never,
    destroyed: () => Promise.reject(new Error("not asked")),
  };

  const ask = async (
    flow: FakeFlow,
    options: ClaudeFlowOptions,
    answer?: object,
  ): Promise<readonly (readonly [code: string, severity: string, message: string])[]> => {
    if (answer)
      writeFileSync(join(flow.folder, "memory.json"), JSON.stringify({ "swarm/migration/answer/plan-1": answer }));
    const own = { command: flow.command, folder: join(folder, "own"), memory: join(folder, "memory.db"), askFor: 400 };
    const found = await claudeFlow({ ...own, ...options }).check!.run(context);
    return found.map(({ code, severity, message }) => [code, severity, message] as const);
  };

  test.each(["mcp", "cli"] as const)(
    "a go lets the run begin, a no stops it with its reason (%s)",
    async (transport) => {
      await using flow = await fakeFlow("well");
      const options = { transport, ask: "silence-refuses", askFor: 5_000 } as const;
      expect(await ask(flow, options, { plan: "plan-1", go: true })).toEqual([]);
      expect(await ask(flow, options, { plan: "plan-1", go: false, by: "reviewer", reason: "freeze" })).toEqual([
        ["CLAUDE_FLOW_REFUSED", "error", "the swarm (reviewer) refused this plan: freeze"],
      ]);
      const memory = JSON.parse(readFileSync(join(flow.folder, "memory.json"), "utf8")) as Record<string, string>;
      expect(JSON.parse(memory["swarm/migration/question"]!)).toMatchObject({
        plan: "plan-1",
        answer: "swarm/migration/answer/plan-1",
        silence: "refuses",
      });
    },
  );

  test.each([
    ["silence-allows", "info"],
    ["silence-refuses", "error"],
  ] as const)("silence means what %s says; the go for another plan is silence", async (policy, severity) => {
    await using flow = await fakeFlow("well");
    const other = { plan: "plan-2", go: true };
    expect(await ask(flow, { ask: policy }, other)).toMatchObject([
      ["CLAUDE_FLOW_SILENT", severity, expect.any(String)],
    ]);
    await using hanging = await fakeFlow("hang");
    expect(await ask(hanging, { ask: policy })).toMatchObject([["CLAUDE_FLOW_SILENT", severity, expect.any(String)]]);
    await allGone(hanging);
  });

  test("nobody is asked by default", () => {
    expect(claudeFlow().check).toBeUndefined();
  });
});

const real = process.env["CLAUDE_FLOW_BIN"];

describe("the real program", () => {
  const named = "(%s; CLAUDE_FLOW_BIN names a claude-flow or ruflo)";

  test.skipIf(!real).each(["mcp", "cli"] as const)(`takes every event ${named}`, async (transport) => {
    const memory = join(folder, "own", ".swarm", "memory.db");
    expect(await tell(eventsOf(2), { command: real!, transport, memory, budget: 50_000 })).toEqual([]);
    // All that it left behind lies in the folder that is its own.
    expect(readdirSync(folder)).toEqual(["own"]);
  });

  // Without the native part of better-sqlite3 its memory does not outlive the process: it is asked in the same one.
  test.skipIf(!real)("gives back what was stored (CLAUDE_FLOW_BIN names a claude-flow or ruflo)", async () => {
    const env = programEnvironment(folder, join(folder, "memory.db"));
    const transport = await mcpTransport({ command: real!, cwd: folder, env }, 20_000);
    try {
      const key = "swarm/migration/status";
      await transport.send({ kind: "memory", key, value: () => '{"format":1,"state":"running"}' }, 20_000);
      await transport.send({ kind: "memory", key, value: () => '{"format":1,"state":"applied"}' }, 20_000);
      expect(await transport.recall(key, 20_000)).toEqual({ format: 1, state: "applied" });
      expect(await transport.recall("swarm/migration/answer/none", 20_000)).toBeUndefined();
    } finally {
      await transport.close();
    }
  });
});
