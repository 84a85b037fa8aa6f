// Owns plans as files, and the approval of one at a terminal.
import { readFile, writeFile } from "node:fs/promises";
import { ClewError, isClewError, redact, type ExecuteOptions, type Plan } from "@clew/core";
import type { Paint } from "./colors.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import { confirm, confirmTarget, isAttended } from "./confirm.ts";
import type { Context } from "./context.ts";

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

/** Runs; where that is not approved and somebody is there, shows it and asks for the name of its target first. */
export async function orApproved<Report, Shown extends Pick<Plan, "id" | "target">>(
  context: Context,
  signal: AbortSignal,
  options: ExecuteOptions,
  run: (options: ExecuteOptions) => Promise<Report>,
  look: () => Promise<Shown>,
  text: (shown: Shown, paint: Paint) => string,
): Promise<Report> {
  try {
    return await run(options);
  } catch (error) {
    if (!isClewError(error, "NOT_APPROVED") || options.approve !== undefined || !isAttended(context)) throw error;
  }
  const shown = await look();
  context.output.spinner.stop();
  process.stderr.write(`${text(shown, context.output.paint)}\n`);
  await confirmTarget(context, signal, shown.target.database);
  return run({ ...options, approve: shown.id });
}

/** How a change of the history is asked about. */
interface Asked {
  /** `a repair` */
  readonly what: string;
  readonly question: string;
}

/**
 * Changes the history as was shown, once that is confirmed; where approvals are demanded, once it is approved: with --approve,
 * with files, or with the name of the database at a terminal. --yes is no approval.
 */
export async function allowed<Shown extends Pick<Plan, "id" | "target">>(
  context: Context,
  { settings }: ResolvedConfig,
  shown: Shown,
  { what, question }: Asked,
  text: (shown: Shown, paint: Paint) => string,
  change: (approve: string | undefined) => Promise<Shown>,
): Promise<Shown> {
  const { approve } = context.flags;
  const signal = context.onInterrupt();
  if (approve === undefined && (settings.approval ?? "none") === "none") {
    if (!context.flags.yes) context.output.log.info(text(shown, context.output.paint));
    await confirm(context, signal, what, question);
    return change(undefined);
  }
  const options = approve === undefined ? {} : { approve };
  return orApproved(
    context,
    signal,
    options,
    (more) => change(more.approve),
    () => Promise.resolve(shown),
    text,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
