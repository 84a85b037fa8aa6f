// Owns `clew backup purge`: rows that the database keeps for rollbacks go when they have expired.
import type { KeptRows } from "@clew/core";
import type { Paint } from "../../colors.ts";
import { confirm } from "../../confirm.ts";
import type { Context } from "../../context.ts";
import { openExecutor, readProject } from "../../project.ts";
import { bytesText, count, table, type Cell } from "../../table.ts";

export async function purge(context: Context): Promise<number> {
  const { flags, output } = context;
  await using executor = openExecutor(context, await readProject(context));
  const all = await executor.keptRows();
  const expired = all.filter((kept) => kept.expired);
  const dryRun = flags.dryRun === true;
  if (expired.length > 0 && !dryRun) {
    output.spinner.stop();
    if (!output.json) output.log.info(keptText(expired, output.paint));
    const question = `Let go of these rows? Rollbacks of ${count(expired.length, "migration")} will not be possible any more.`;
    await confirm(context, context.onInterrupt(), "a purge of kept rows", question);
  }
  const purged = dryRun ? [] : await executor.purgeKeptRows();
  output.result({ kind: "purge", dryRun, kept: all, purged }, (paint) => {
    if (dryRun) return all.length === 0 ? "No rows are kept." : keptText(all, paint);
    return purged.length === 0
      ? "No kept rows have expired."
      : `Let go of the rows of ${count(purged.length, "migration")}.`;
  });
  return 0;
}

function keptText(kept: readonly KeptRows[], paint: Paint): string {
  const rows = kept.map((one): readonly Cell[] => [
    one.version,
    count(one.rows, "row"),
    bytesText(one.bytes),
    one.expired ? ["expired", "red"] : one.expiresAt === null ? "for good" : `until ${one.expiresAt}`,
  ]);
  return table(rows, paint);
}
