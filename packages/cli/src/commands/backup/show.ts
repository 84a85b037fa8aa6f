// Owns `clew backup show`: what is in a backup.
import { showBackup } from "@clew/backup";
import { backupPlace } from "../../backup-place.ts";
import { manifestText } from "../../backup-report.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";

export async function show(context: Context): Promise<number> {
  const { destination } = await backupPlace(context, await readProject(context));
  const manifest = await showBackup(destination, context.args[0]!);
  context.output.result({ kind: "backup", backup: manifest, verified: null }, (paint) => manifestText(manifest, paint));
  return 0;
}
