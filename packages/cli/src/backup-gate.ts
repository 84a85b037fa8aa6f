// Owns what runs and rollbacks have to do with backups: which ones a rollback may still need.
import type { Context } from "./context.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import { openExecutor } from "./project.ts";

/**
 * Says of which migrations a backup may still be needed: those that are applied and whose rollback does not give back
 * everything by itself. Without a database nobody can tell, and all are.
 */
export async function neededBy(context: Context, project: ResolvedConfig): Promise<(version: string) => boolean> {
  if (!project.source || !project.dirFound) return () => true;
  await using executor = openExecutor(context, project);
  const { steps } = await executor.getStatus();
  const needing = steps.filter(
    (step) => step.status !== "pending" && step.class !== "exact" && step.class !== "needs-data",
  );
  const versions = new Set(needing.map(({ version }) => version));
  return (version) => versions.has(version);
}
