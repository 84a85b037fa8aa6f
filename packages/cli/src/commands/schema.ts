// Owns `clew schema`: the schema of the database, or the one that files make.
import { ownSchema, schemaSql } from "@clew/core/schema";
import { UsageError } from "../arguments.ts";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { schemaText } from "../schema-report.ts";

export async function schema(context: Context): Promise<number> {
  const [version] = context.args;
  const { format = "tree", all } = context.flags;
  if (format !== "tree" && format !== "sql")
    throw new UsageError(`--format is tree or sql, not ${format}; JSON is --json`);
  await using executor = openExecutor(context, await readProject(context), false);
  const catalog = await executor.schema(version);
  const shown = all === true ? catalog : ownSchema(catalog);
  context.output.result({ kind: "schema", ...shown }, (paint) =>
    format === "sql" ? schemaSql(catalog).map(ended).join("\n") : schemaText(shown, paint),
  );
  return 0;
}

function ended(statement: string): string {
  return statement.startsWith("--") ? statement : `${statement};`;
}
