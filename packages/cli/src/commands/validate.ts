// Owns `clew validate`: files are read with PostgreSQL's grammar, and compared with history where there is a database.
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { validateText } from "../status-report.ts";
import { publish } from "../publish.ts";
import { statusExit } from "./status.ts";

export async function validate(context: Context): Promise<number> {
  await using executor = openExecutor(context, await readProject(context), false);
  const report = await executor.validate();
  context.output.result(report, (paint) => validateText(report, paint));
  publish(context, { ...report, kind: "validate" });
  return statusExit[report.outcome];
}
