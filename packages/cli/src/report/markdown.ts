// Owns reports as Markdown, for a pull request and the summary of a step.
import type { RunReport } from "@clew/core";
import { formatDuration } from "../durations.ts";
import { figuresText } from "../figures.ts";
import { errorsOf, isRun, type Result } from "../publish.ts";
import { count } from "../table.ts";

export function markdown(result: Result, clean: (text: string) => string): string {
  const findings = "findings" in result ? result.findings : [];
  const errors = errorsOf(result);
  const bad = errors.length > 0 || findings.some(({ severity }) => severity === "error");
  const parts = [
    `### ${bad ? "❌" : "✅"} clew ${result.kind}: ${result.outcome}`,
    ...(isRun(result) ? [summary(result), ...stepsTable(result)] : []),
    ...(findings.length === 0 ? [] : ["#### Findings", findings.map(findingLine).join("\n")]),
    ...errors.map(({ code, message, at, help, sqlstate }) => {
      const excerpt = at && !message.includes(at.excerpt) ? `\n${at.excerpt}` : "";
      return `#### ${code}${sqlstate ? `, SQLSTATE ${sqlstate}` : ""}\n\n${fenced(`${message}${excerpt}`)}\n\n${line(help)}`;
    }),
  ];
  return `${clean(parts.join("\n\n"))}\n`;
}

function summary({ steps, target, ms, run, figures }: RunReport): string {
  const where = `${count(steps.length, "migration")} on \`${code(target.database)}\`, ${formatDuration(ms)}`;
  const cost = figures ? `; ${figuresText(figures)}` : "";
  return `${where}${run === null ? "" : `, run \`${run}\``}${cost}`;
}

function stepsTable({ steps }: RunReport): readonly string[] {
  if (steps.length === 0) return [];
  const rows = steps.map(({ version, name, status, ms, class: verdict = "", proof = "" }) => {
    const time = ms === undefined ? "" : formatDuration(ms);
    return `| \`${code(`${version}_${name}`)}\` | ${status} | ${time} | ${[verdict, proof].filter(Boolean).join(", ")} |`;
  });
  return [["| migration | status | time | rollback |", "| --- | --- | ---: | --- |", ...rows].join("\n")];
}

function findingLine({ severity, code: name, message, help, at }: RunReport["findings"][number]): string {
  const where = at ? ` \`${code(`${at.path}:${at.line}:${at.column}`)}\`` : "";
  return `- **${severity}** ${name}${where}: ${line(message)}${help === undefined ? "" : ` ${line(help)}`}`;
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function code(text: string): string {
  return text.replaceAll("`", "'").replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** One line that is no Markdown and no HTML. */
function line(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/[\\`*_{}[\]<>#|]/g, (sign) => `\\${sign}`);
}
