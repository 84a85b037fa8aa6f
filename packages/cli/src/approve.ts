// Owns plans as files, and the approval of one at a terminal.
import { readFile, writeFile } from "node:fs/promises";
import { ClewError, isClewError, redact, type ExecuteOptions, type Plan, type RunReport } from "@clew/core";
import { confirmTarget, isAttended } from "./confirm.ts";
import type { Context } from "./context.ts";
import { planText } from "./plan-report.ts";

/** Writes a plan as `--json` prints it. */
export async function writePlan({ output }: Context, path: string, plan: Plan): Promise<void> {
  const clean = (_: string, value: unknown): unknown => (typeof value === "string" ? redact(value) : value);
  await writeFile(path, `${JSON.stringify({ kind: "plan", ...plan }, clean, 2)}\n`);
  output.log.info(`${path}: plan ${plan.id}`);
}

/** Reads what `plan --out` has written. Throws CONFIG_INVALID. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readFile(path, "utf8");
  const plan = parse(text) as Partial<Plan> | null;
  if (typeof plan?.id === "string" && Array.isArray(plan.steps) && Array.isArray(plan.history) && plan.target)
    return plan as Plan;
  throw new ClewError("CONFIG_INVALID", `${path} is no plan`, { help: "`clew plan --out <file>` writes one." });
}

/** The version up to which a plan goes, and whether it runs that one again. */
export function extentOf({ steps }: Plan): { readonly version: string | undefined; readonly force: boolean } {
  return { version: steps.at(-1)?.version, force: steps.some(({ mode }) => mode === "again") };
}

/** Runs; where the plan is not approved and somebody is there, shows it and asks for the name of its target first. */
export async function orApproved(
  context: Context,
  signal: AbortSignal,
  options: ExecuteOptions,
  run: (options: ExecuteOptions) => Promise<RunReport>,
  look: () => Promise<Plan>,
): Promise<RunReport> {
  try {
    return await run(options);
  } catch (error) {
    if (!isClewError(error, "NOT_APPROVED") || options.approve !== undefined || !isAttended(context)) throw error;
  }
  const plan = await look();
  context.output.spinner.stop();
  process.stderr.write(`${planText(plan, context.output.paint)}\n`);
  await confirmTarget(context, signal, plan.target.database);
  return run({ ...options, approve: plan.id });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
