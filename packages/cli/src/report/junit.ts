// Owns reports as JUnit's XML, which CI systems show: a migration is a test case.
import type { ReportFinding, StepReport } from "@clew/core";
import { stripVTControlCharacters } from "node:util";
import { isRun, type Result } from "../publish.ts";

export function junit(result: Result, clean: (text: string) => string): string {
  const steps = isRun(result) ? result.steps : [];
  const findings = "findings" in result ? result.findings : [];
  const cases = [...steps.map(ofStep), ...(result.kind === "validate" ? findings.map(ofFinding) : [])];
  // What ended the command, where no migration has it.
  const alone = "error" in result && result.error && !steps.some(({ error }) => error) ? [result.error] : [];
  cases.push(
    ...alone.map(({ code, message, help }) => testCase("clew", code, 0, failure(code, `${message}\n${help}`))),
  );
  const count = (tag: string): number => cases.filter((one) => one.includes(`<${tag}`)).length;
  const ms = isRun(result) ? result.ms : 0;
  const numbers = `tests="${cases.length}" failures="${count("failure")}" skipped="${count("skipped")}" time="${seconds(ms)}"`;
  const said = result.kind === "validate" ? "" : findings.map((one) => `${one.severity}: ${one.message}`).join("\n");
  const out = said === "" ? [] : [`    <system-out>${escape(said)}</system-out>`];
  return clean(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="clew" ${numbers}>`,
      `  <testsuite name="clew ${result.kind}" ${numbers}>`,
      ...cases.map((one) => `    ${one}`),
      ...out,
      "  </testsuite>",
      "</testsuites>",
      "",
    ].join("\n"),
  );
}

function ofStep({ version, name, path, status, ms = 0, error }: StepReport): string {
  const title = `${version}_${name}`;
  const about = error && `${error.message}\n${error.at?.excerpt ?? ""}\n${error.help}`;
  const inner =
    error !== undefined
      ? failure(error.code, about!)
      : status === "not-run" || status === "skipped"
        ? "<skipped/>"
        : status === "failed" || status === "in-doubt"
          ? failure(status, status)
          : "";
  return testCase(path ?? "migrations", title, ms, inner);
}

function ofFinding({ code, severity, message, help = "", at }: ReportFinding): string {
  const inner = severity === "error" ? failure(code, `${message}\n${at?.excerpt ?? ""}\n${help}`) : "";
  return testCase(at?.path ?? "migrations", `${code}: ${message.split("\n")[0]}`, 0, inner);
}

function testCase(group: string, name: string, ms: number, inner: string): string {
  const tag = `testcase classname="${escape(group)}" name="${escape(name)}" time="${seconds(ms)}"`;
  return inner === "" ? `<${tag}/>` : `<${tag}>${inner}</testcase>`;
}

function failure(type: string, text: string): string {
  return `<failure type="${escape(type)}" message="${escape(text.split("\n")[0]!)}">${escape(text)}</failure>`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** Text as XML has it; what XML 1.0 cannot hold is left out. */
function escape(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
