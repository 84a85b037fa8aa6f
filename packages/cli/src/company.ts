// Owns those who are told of a run beside the terminal: its log, its spans and the hooks, from the start of the command to their last word.
import { dirname, join, resolve } from "node:path";
import type { Check, Observe, ReportFinding, RunReport } from "@clew/core";
import { backupCheck } from "./backup-gate.ts";
import { findConfig } from "./config/file.ts";
import type { Hook, Settings } from "./config/settings.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { slowFindings } from "./figures.ts";
import { tellFindings } from "./findings.ts";
import { rowsOutside, type RowsOutside } from "./rows-outside.ts";
import type { Said } from "./log/record.ts";
import type { LogLevel } from "./output.ts";

export interface Company extends AsyncDisposable {
  readonly observers: readonly Observe[];
  readonly checks: readonly Check[];
  readonly outside: RowsOutside;
  /** Ends them, and gives the report with what they have to say. It changes no outcome. */
  dismiss(report: RunReport): Promise<RunReport>;
}

/** Those that configuration and flags name; nobody where nothing is to run. */
export async function gather(context: Context, config: ResolvedConfig): Promise<Company> {
  const { flags, output } = context;
  const { settings } = config;
  const idle = flags.dryRun || flags.write;
  const named = idle ? [] : hooksNamed(settings.hooks, flags.claudeFlow === true);
  const log = idle || settings.logs === false ? undefined : await startLog(context, config);
  const spans = idle ? [] : await (await import("./spans.ts")).traceHooks(context);
  const outside = rowsOutside(context, config);
  const hooks = [...spans, ...(await Promise.all([...new Set(named)].map(load)))];
  let ended: Promise<readonly ReportFinding[]> | undefined;
  const end = (): Promise<readonly ReportFinding[]> =>
    (ended ??= Promise.all(hooks.map(close)).then((findings) => findings.flat()));
  return {
    observers: [...(log ? [log.observe] : []), ...hooks.map(({ observe }) => observe)],
    // Nothing is backed up for a run that nobody lets go.
    checks: [...hooks.flatMap(({ check }) => check ?? []), ...(idle ? [] : backupCheck(context, config, outside))],
    outside,
    async dismiss(report) {
      const findings = await end();
      // Of a run with nothing to do there is no event.
      if (report.run === null) log?.end(report.outcome);
      log?.note(findings);
      log?.close();
      const { figures } = report;
      return {
        ...report,
        findings: [...report.findings, ...(figures ? slowFindings(figures) : []), ...outside.findings, ...findings],
      };
    },
    async [Symbol.asyncDispose]() {
      // Of a run that ended with a report these are in it. Of another the error is still to be told, to the log too.
      if (ended) return;
      const findings = await end();
      if (findings.length > 0) tellFindings(output, findings);
    },
  };
}

/** A swarm that the configuration has already is told once. */
function hooksNamed(hooks: Settings["hooks"] = [], claudeFlow: boolean): readonly (Hook | "claude-flow")[] {
  const there = hooks.some((hook) => hook === "claude-flow" || hook.name === "claude-flow");
  return claudeFlow && !there ? [...hooks, "claude-flow"] : hooks;
}

/** The folder of the logs: meant from where the configuration is. */
export function logFolder(cwd: string, { logs = "logs" }: ResolvedConfig["settings"]): string {
  return resolve(dirname(findConfig(cwd) ?? join(cwd, "none")), logs || "logs");
}

/** The log of the run. What cannot be written is said once, and the run goes on. */
async function startLog(
  { command, cwd, env, output }: Context,
  { settings }: ResolvedConfig,
): Promise<{
  readonly observe: Observe;
  note(findings: readonly ReportFinding[]): void;
  end(outcome: RunReport["outcome"]): void;
  close(): void;
}> {
  const { openLog } = await import("./log/file.ts");
  const { said } = await import("./log/record.ts");
  const { logLevel = "info", logDays = 30, logSize = 10 } = settings;
  const folder = logFolder(cwd, settings);
  const trace = /^[\da-f]{2}-([\da-f]{32})-/.exec(env["TRACEPARENT"] ?? "")?.[1];
  const log = openLog({
    folder,
    command,
    size: logSize * 1_000_000,
    days: logDays,
    now: new Date(),
    clean: (text) => output.clean(text),
    onFailure: ({ message }) =>
      output.log.warn(`the log in ${folder} cannot be written, and the run goes on without it: ${message}`),
    always: trace === undefined ? {} : { trace },
  });
  const write = (record: Said): void => {
    // How a run began and ended is in every log, whatever its level.
    if (weight[record.level] <= weight[logLevel] || record.event.startsWith("run.")) log.write(record);
  };
  output.hear((level, message) => write({ level, event: "message", message }));
  return {
    observe: (event) => write(said(event)),
    note(findings) {
      for (const { severity, message } of findings) write({ level: severity, event: "message", message });
    },
    end: (outcome) => write({ level: "info", event: "run.finished", outcome }),
    close: () => log.close(),
  };
}

const weight: Readonly<Record<LogLevel, number>> = { error: 0, warning: 1, info: 2, debug: 3 };

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
