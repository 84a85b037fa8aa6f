// Owns `clew mcp`: what an agent may look at, and what it may run once somebody has approved the plan.
import { ClewError, toolVersion, type Extent, type MigrationExecutor, type Plan, type RunReport } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { gather, type Company } from "../company.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import type { Context } from "../context.ts";
import { asClewError } from "../errors.ts";
import { serve, type Call, type Tool } from "../mcp/protocol.ts";
import { openExecutor, readProject } from "../project.ts";

const version = { type: "string", description: "A migration's version; text, as in its file's name" };

const plan = { type: "string", description: "The id of the plan that was approved, as the tool `plan` shows it" };

const instructions = `Clew runs SQL migrations. status, plan, validate and prove change nothing. execute and rollback run a plan that
people have approved with a file in the folder of approvals, and no other: show them the plan and its id, and wait.`;

export async function mcp(context: Context): Promise<number> {
  const { output } = context;
  if (output.json) throw new UsageError("mcp speaks JSON-RPC on stdout: it goes without --json");
  // Read now, so that what is wrong with the configuration is said at once.
  await readProject(context);
  output.log.info("waiting for a client on stdin");
  await serve(process.stdin, {
    name: "clew",
    version: toolVersion,
    instructions,
    tools: toolsOf(context),
    send: (message) => output.message(message),
    documentOf: (error) => {
      const known = error instanceof TypeError ? new ClewError("USAGE", error.message) : asClewError(error);
      return { kind: "error", outcome: "error", error: known.data };
    },
  });
  return 0;
}

function toolsOf(context: Context): readonly Tool[] {
  const look = (
    name: string,
    title: string,
    description: string,
    properties: object,
    work: (executor: MigrationExecutor, call: Call) => Promise<object>,
    needsDatabase = true,
  ): Tool => ({
    name,
    title,
    description,
    inputSchema: { type: "object", properties, additionalProperties: false },
    annotations: { readOnlyHint: true },
    async call(call) {
      await using executor = openExecutor(context, await readProject(context), needsDatabase);
      return await work(executor, call);
    },
  });

  const runs = (
    name: "execute" | "rollback",
    title: string,
    description: string,
    properties: object,
    work: (executor: MigrationExecutor, call: Call) => Promise<RunReport>,
  ): Tool => ({
    name,
    title,
    description,
    inputSchema: {
      type: "object",
      properties: { plan, ...properties },
      required: ["plan"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: true },
    async call(call) {
      const project = withApproval(await readProject(context));
      await using company: Company = await gather({ ...context, command: name }, project);
      await using executor = openExecutor(context, project, true, company);
      return await company.dismiss(await work(executor, call));
    },
  });

  return [
    look("status", "Status", "What is applied, pending, changed and missing", {}, (executor) => executor.getStatus()),
    look(
      "plan",
      "Plan",
      "What execute would do: statements, locks, what is destroyed, how it is taken back, and the plan's id",
      { version },
      async (executor, call) => ({ kind: "plan", ...(await executor.plan(text(call, "version"))) }),
    ),
    look(
      "plan_rollback",
      "Plan of a rollback",
      "What rollback would do, and the plan's id",
      { steps: { type: "integer", description: "How many migrations, the newest first (1)" }, to: version },
      async (executor, call) => ({ kind: "plan", ...(await executor.planRollback(extentOf(call))) }),
    ),
    look(
      "validate",
      "Validate",
      "Reads every file with PostgreSQL's grammar, looks up names, compares files with history",
      {},
      (executor) => executor.validate(),
      false,
    ),
    look(
      "prove",
      "Prove",
      "Tries the rollbacks of pending migrations, or of one, in a scratch database",
      { version },
      (executor, call) => executor.prove(text(call, "version"), { signal: call.signal }),
      false,
    ),
    runs(
      "execute",
      "Execute an approved plan",
      "Applies the plan with this id, if people have approved it and nothing has changed since",
      { version },
      async (executor, call) => {
        const upTo = text(call, "version");
        const found = approved(call, await executor.plan(upTo));
        const options = { plan: found, signal: call.signal };
        return upTo === undefined ? executor.executeAll(options) : executor.execute(upTo, options);
      },
    ),
    runs(
      "rollback",
      "Run an approved rollback",
      "Takes back the migrations of the plan with this id, if people have approved it and nothing has changed since",
      { steps: { type: "integer", description: "How many migrations, the newest first (1)" }, to: version },
      async (executor, call) => {
        const extent = extentOf(call);
        const found = approved(call, await executor.planRollback(extent));
        return executor.rollback(extent, { plan: found, signal: call.signal });
      },
    ),
  ];
}

/** An agent cannot approve what it runs: approvals are files, one at least. */
function withApproval(project: ResolvedConfig): ResolvedConfig {
  const { approval = "none" } = project.settings;
  return { ...project, settings: { ...project.settings, approval: approval === "none" ? "required" : approval } };
}

/** The plan as it is now, if it is the one that was meant. Throws PLAN_CHANGED. */
function approved(call: Call, found: Plan): Plan {
  const wanted = text(call, "plan");
  if (found.id === wanted) return found;
  throw new ClewError("PLAN_CHANGED", `what would run now is plan ${found.id}, not ${wanted}`);
}

function text({ arguments: given }: Call, name: string): string | undefined {
  return given[name] as string | undefined;
}

function extentOf(call: Call): Extent {
  const { steps } = call.arguments;
  const to = text(call, "to");
  if (to !== undefined && steps !== undefined) throw new TypeError("give steps or to, not both");
  if (to !== undefined) return { to };
  return steps === undefined ? 1 : (steps as number);
}
