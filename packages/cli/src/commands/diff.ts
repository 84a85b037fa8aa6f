// Owns `clew diff`: what migrations change in the schema, or what is different in another database.
import { MigrationExecutor } from "@clew/core";
import { compareSchemas } from "@clew/core/schema";
import { UsageError } from "../arguments.ts";
import type { Context } from "../context.ts";
import { secretsOf } from "../output.ts";
import { openExecutor, readProject } from "../project.ts";

export async function diff(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const [from, to] = args;
  const other = flags.with;
  for (const secret of other === undefined ? [] : secretsOf(other)) output.hide(secret);
  if ((from === undefined) === (other === undefined)) {
    throw new UsageError("diff takes a version to begin after, or --with and another database's URL");
  }
  await using executor = openExecutor(context, await readProject(context), other !== undefined);
  const found = other === undefined ? await executor.schemaDifference(from!, to) : await compareWith(executor, other);
  output.result({ kind: "diff", ...found }, () =>
    found.words.length === 0 ? "No difference." : found.words.join("\n"),
  );
  return 0;
}

async function compareWith(
  executor: MigrationExecutor,
  databaseUrl: string,
): Promise<ReturnType<typeof compareSchemas>> {
  await using other = new MigrationExecutor({ databaseUrl });
  return compareSchemas(await executor.schema(), await other.schema());
}
