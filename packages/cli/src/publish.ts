// Owns what is left for others than the one who runs it: report files, and in GitHub Actions annotations and the step's summary.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, extname, relative, resolve } from "node:path";
import type { ErrorData, ErrorPlace, RunReport, StatusReport } from "@clew/core";
import { UsageError } from "./arguments.ts";
import type { Context } from "./context.ts";
import { junit } from "./report/junit.ts";
import { markdown } from "./report/markdown.ts";

/** What a command came to: a run's report, what validation found, or the error that ended it before it began. */
export type Result =
  | RunReport
  | (StatusReport & { readonly kind: "validate" })
  | { readonly kind: "error"; readonly outcome: "error"; readonly error: ErrorData };

type Format = "json" | "junit" | "markdown";

const formats: Readonly<Record<string, Format>> = { ".json": "json", ".xml": "junit", ".md": "markdown" };

/** The report files that `--report` names: `a.json`, `b.xml`, `c.md`, `junit:d`, several with commas. Throws UsageError. */
export function reportFiles(flag: string | undefined): readonly { readonly format: Format; readonly path: string }[] {
  return (flag?.split(",") ?? []).map((one) => {
    const [, named, path = one] = /^(json|junit|markdown):(.+)$/.exec(one) ?? [];
    const format = (named as Format | undefined) ?? formats[extname(path).toLowerCase()];
    if (format) return { format, path };
    throw new UsageError(`--report ${one}: write a name that ends in .json, .xml or .md, or junit:${one}`);
  });
}

/** Writes and prints all of it. What cannot be written is a warning: the command's outcome stays. */
export function publish({ flags, cwd, env, output }: Context, result: Result): void {
  const clean = (text: string): string => output.clean(text);
  const attempt = (path: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      output.log.warn(`${path} could not be written: ${(error as Error).message}`);
    }
  };
  for (const { format, path } of reportFiles(flags.report)) {
    attempt(path, () => {
      const file = resolve(cwd, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, textOf(format, result, clean));
    });
  }
  const summary = env["GITHUB_STEP_SUMMARY"];
  if (summary) attempt(summary, () => appendFileSync(summary, `${markdown(result, clean)}\n`));
  // Workflow commands are heeded on stderr too, and stdout may be a document.
  if (env["GITHUB_ACTIONS"] === "true") output.errorLines(annotations(result, cwd, env["GITHUB_WORKSPACE"]));
}

function textOf(format: Format, result: Result, clean: (text: string) => string): string {
  if (format === "junit") return junit(result, clean);
  if (format === "markdown") return markdown(result, clean);
  return `${JSON.stringify(result, (_, value: unknown) => (typeof value === "string" ? clean(value) : value), 2)}\n`;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
export function annotations(result: Result, cwd: string, workspace: string = cwd): readonly string[] {
  const line = (level: string, code: string, message: string, at: ErrorPlace | undefined, help?: string): string => {
    const file = at && relative(workspace, resolve(cwd, at.path)).replaceAll("\\", "/");
    const place = at ? [`file=${property(file!)}`, `line=${at.line}`, `col=${at.column}`] : [];
    const text = [message.split("\n")[0]!, ...(help === undefined ? [] : [help])].join("\n");
    return `::${level} ${[...place, `title=${property(`clew: ${code}`)}`].join(",")}::${data(text)}`;
  };
  const errors = errorsOf(result).map(({ code, message, at, help }) => line("error", code, message, at, help));
  const levels = { error: "error", warning: "warning", info: "notice" } as const;
  const findings = "findings" in result ? result.findings : [];
  return [
    ...errors,
    ...findings.map(({ severity, code, message, at, help }) => line(levels[severity], code, message, at, help)),
  ];
}

/** Whether something ran. */
export function isRun(result: Result): result is RunReport {
  return result.kind === "execute" || result.kind === "rollback";
}

/** Each error once: that of the run is mostly that of a step. */
export function errorsOf(result: Result): readonly ErrorData[] {
  const ofSteps = isRun(result) ? result.steps.flatMap(({ error }) => error ?? []) : [];
  const own = "error" in result && result.error ? [result.error] : [];
  return [...ofSteps, ...own.filter(({ message }) => !ofSteps.some((error) => error.message === message))];
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
