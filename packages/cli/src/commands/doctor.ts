// Owns `clew doctor`: what is between this machine and the history, and what is wrong with it.
import { diagnose, type Diagnosis, type Finding } from "@clew/core/doctor";
import type { Paint, Style } from "../colors.ts";
import type { Context } from "../context.ts";
import { executorOptions, readProject } from "../project.ts";

const styles: Readonly<Record<Finding["state"], Style>> = { well: "green", warning: "yellow", error: "red" };
const marks: Readonly<Record<Finding["state"], string>> = { well: "✔", warning: "!", error: "✘" };

export async function doctor(context: Context): Promise<number> {
  const { output } = context;
  const config = await readProject(context);
  output.spinner.show(() => "looking");
  const diagnosis = await diagnose(executorOptions(config), config.source?.from);
  output.result(diagnosis, (paint) => diagnosisText(diagnosis, paint));
  return diagnosis.outcome === "well" ? 0 : 1;
}

function diagnosisText({ findings }: Diagnosis, paint: Paint): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, state, said, help }) => {
      const line = `${paint(styles[state], marks[state])} ${name.padEnd(width)}  ${said}`;
      return help === undefined ? line : `${line}\n  ${" ".repeat(width)}  ${help}`;
    })
    .join("\n");
}
