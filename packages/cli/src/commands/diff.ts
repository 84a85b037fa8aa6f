// Owns `clew diff`: where the database is not what its files make, what migrations change, what is different in another database.
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
  if (from !== undefined && other !== undefined)
    throw new UsageError("diff takes a version to begin after, or --with, not both");
  await using executor = openExecutor(context, await readProject(context), from === undefined);
  if (from === undefined && other === undefined) return await drift(context, executor);
  const found = other === undefined ? await executor.schemaDifference(from!, to) : await compareWith(executor, other);
  output.result({ kind: "diff", ...found }, () => inLines(found.words));
  return 0;
}

/** Exit status 3 where something is certainly different. */
async function drift({ output }: Context, executor: MigrationExecutor): Promise<number> {
  const found = await executor.schemaDrift();
  if (found.pending.length > 0) output.log.info(`Left out, for they are not applied: ${found.pending.join(", ")}.`);
  output.result({ kind: "diff", ...found }, () => inLines(found.words));
  return found.differences.some(({ unsure }) => !unsure) ? 3 : 0;
}

function inLines(words: readonly string[]): string {
  return words.length === 0 ? "No difference." : words.join("\n");
}

async function compareWith(
  executor: MigrationExecutor,
  databaseUrl: string,
): Promise<Awaited<ReturnType<typeof compareSchemas>>> {
  await using other = new MigrationExecutor({ databaseUrl });
  return compareSchemas(await executor.schema(), await other.schema());
}
