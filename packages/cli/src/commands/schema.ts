// Owns `clew schema`: the schema of the database, or the one that files make.
import { ownSchema } from "@clew/core/schema";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { schemaText } from "../schema-report.ts";

export async function schema(context: Context): Promise<number> {
  const [version] = context.args;
  await using executor = openExecutor(context, await readProject(context), false);
  const catalog = await executor.schema(version);
  const shown = context.flags.all === true ? catalog : ownSchema(catalog);
  context.output.result({ kind: "schema", ...shown }, (paint) => schemaText(shown, paint));
  return 0;
}
