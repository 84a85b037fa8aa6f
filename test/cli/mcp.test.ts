// Owns what an agent can do through `clew mcp`: look at all, and run a plan that somebody else has approved, and no other.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { freshDatabase, tempFolder, type Folder } from "@clew/kit";
import { expect, test } from "vitest";
import { bin, migrations } from "./clew.ts";

interface Reply {
  readonly id: number | null;
  readonly result?: {
    readonly isError?: boolean;
    readonly structuredContent?: Readonly<Record<string, unknown>>;
    readonly content?: readonly { readonly text: string }[];
    readonly [name: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string };
}

interface Client extends AsyncDisposable {
  ask(method: string, params?: object): Promise<Reply>;
  tool(name: string, given?: object): Promise<Readonly<Record<string, unknown>>>;
  raw(line: string): Promise<Reply>;
  /** Closes its input; gives the exit status. */
  end(): Promise<number | null>;
}

function connect(folder: Folder, url: string): Client {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [bin, "mcp"], {
    cwd: folder.path,
    env: { PATH, HOME, DATABASE_URL: url },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting: ((reply: Reply) => void)[] = [];
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    const lines = (text + data).split("\n");
    text = lines.pop()!;
    // Whatever is no message would end a client.
    for (const line of lines) waiting.shift()!(JSON.parse(line) as Reply);
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const raw = (line: string): Promise<Reply> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${line}\n`);
    });
  let id = 0;
  const ask = (method: string, params: object = {}): Promise<Reply> =>
    raw(JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }));
  const end = (): Promise<number | null> => {
    child.stdin.end();
    return ended;
  };
  return {
    ask,
    raw,
    end,
    async tool(name, given = {}) {
      const { result } = await ask("tools/call", { name, arguments: given });
      expect(JSON.parse(result!.content![0]!.text)).toEqual(result!.structuredContent);
      return result!.structuredContent!;
    },
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

test("the protocol: initialize, ping, tools, errors, and an end when the client goes", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const client = connect(folder, db.url);
  const { result } = await client.ask("initialize", { protocolVersion: "2025-03-26", capabilities: {} });
  expect(result).toMatchObject({
    protocolVersion: "2025-03-26",
    serverInfo: { name: "clew" },
    capabilities: { tools: {} },
  });
  expect((await client.ask("initialize", { protocolVersion: "1999-01-01" })).result!["protocolVersion"]).toBe(
    "2025-06-18",
  );
  expect((await client.ask("ping")).result).toEqual({});
  const tools = (await client.ask("tools/list")).result!["tools"] as readonly {
    readonly name: string;
    readonly annotations: { readonly readOnlyHint: boolean };
  }[];
  expect(tools.map(({ name, annotations }) => [name, annotations.readOnlyHint])).toEqual([
    ["status", true],
    ["plan", true],
    ["plan_rollback", true],
    ["validate", true],
    ["prove", true],
    ["execute", false],
    ["rollback", false],
  ]);
  expect((await client.raw("not json")).error!.code).toBe(-32_700);
  expect((await client.ask("nothing/such")).error!.code).toBe(-32_601);
  expect((await client.ask("tools/call", { name: "drop" })).error!.code).toBe(-32_602);
  expect(await client.tool("plan", { version: 2 })).toMatchObject({ kind: "error", error: { code: "USAGE" } });
  expect(await client.end()).toBe(0);
});

test("looking changes nothing; running wants the plan's id and somebody else's approval", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  await using client = connect(folder, db.url);
  expect(await client.tool("status")).toMatchObject({ kind: "status", counts: { pending: 3 } });
  expect(await client.tool("validate")).toMatchObject({ kind: "validate" });
  const plan = await client.tool("plan");
  expect(plan).toMatchObject({ kind: "plan", id: expect.any(String) });
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);

  const id = plan["id"] as string;
  const refused = async (given: object): Promise<unknown> => (await client.tool("execute", given))["error"];
  expect(await refused({})).toMatchObject({ code: "USAGE" });
  expect(await refused({ plan: id })).toMatchObject({ code: "NOT_APPROVED" });
  expect(await refused({ plan: "0000000000000000" })).toMatchObject({ code: "PLAN_CHANGED" });
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);

  const until = new Date(Date.now() + 3_600_000).toISOString();
  await folder.write({ "approvals/one.json": JSON.stringify({ plan: id, who: "ann", until }) });
  // One byte more in a file, and it is another plan.
  await folder.write({ "migrations/0002_note.sql": `${migrations["migrations/0002_note.sql"]}\n-- more` });
  expect(await refused({ plan: id })).toMatchObject({ code: "PLAN_CHANGED" });
  await folder.write({ "migrations/0002_note.sql": migrations["migrations/0002_note.sql"]! });
  expect(await client.tool("execute", { plan: id })).toMatchObject({ kind: "execute", outcome: "applied" });

  const back = (await client.tool("plan_rollback", { steps: 1 }))["id"] as string;
  expect((await client.tool("rollback", { plan: back }))["error"]).toMatchObject({ code: "NOT_APPROVED" });
  await folder.write({ "approvals/two.json": JSON.stringify({ plan: back, who: "ann", until }) });
  expect(await client.tool("rollback", { plan: back })).toMatchObject({ kind: "rollback", outcome: "rolled-back" });
  expect(await readdir(`${folder.path}/logs`)).toContainEqual(expect.stringMatching(/-rollback-/));
});
