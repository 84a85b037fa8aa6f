// Owns `clew backup list`: the backups that there are.
import { listBackups } from "@clew/backup";
import { backupPlace } from "../../backup-place.ts";
import { listText } from "../../backup-report.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";

export async function list(context: Context): Promise<number> {
  const { destination } = await backupPlace(context, await readProject(context));
  const backups = await listBackups(destination);
  context.output.result({ kind: "backups", place: destination.name, backups }, (paint) =>
    listText(backups, destination.name, paint),
  );
  return 0;
}
