// Owns those who are told of a run beside the terminal: hooks, from the start of the command to their last word.
import type { Check, Observe, ReportFinding, RunReport } from "@clew/core";
import type { Hook } from "./config/settings.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { findingsText } from "./findings.ts";

export interface Company extends AsyncDisposable {
  readonly observers: readonly Observe[];
  readonly checks: readonly Check[];
  /** Ends them, and gives the report with what they have to say. It changes no outcome. */
  dismiss(report: RunReport): Promise<RunReport>;
}

/** Those that configuration and flags name; nobody where nothing is to run. */
export async function gather({ flags, output }: Context, { settings }: ResolvedConfig): Promise<Company> {
  const idle = flags.dryRun || flags.write;
  const named = idle ? [] : [...(settings.hooks ?? []), ...(flags.claudeFlow ? (["claude-flow"] as const) : [])];
  const hooks = await Promise.all([...new Set(named)].map(load));
  let ended: Promise<readonly ReportFinding[]> | undefined;
  const end = (): Promise<readonly ReportFinding[]> =>
    (ended ??= Promise.all(hooks.map(close)).then((findings) => findings.flat()));
  return {
    observers: hooks.map(({ observe }) => observe),
    checks: hooks.flatMap(({ check }) => check ?? []),
    async dismiss(report) {
      return { ...report, findings: [...report.findings, ...(await end())] };
    },
    async [Symbol.asyncDispose]() {
      // Of a run that ended with a report these are in it.
      if (ended) return;
      const findings = await end();
      if (findings.length > 0) output.log.warn.raw(findingsText(findings, output.paint));
    },
  };
}

async function load(hook: Hook | "claude-flow"): Promise<Hook> {
  return hook === "claude-flow" ? (await import("@clew/claude-flow-hooks")).claudeFlow() : hook;
}

async function close({ name, close }: Hook): Promise<readonly ReportFinding[]> {
  try {
    return (await close?.()) ?? [];
  } catch (error) {
    const message = `the hook ${name} could not be ended: ${error instanceof Error ? error.message : String(error)}`;
    return [{ code: "HOOK_FAILED", severity: "warning", message }];
  }
}
