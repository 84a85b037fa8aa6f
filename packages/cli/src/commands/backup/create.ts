// Owns `clew backup create`: rows and schema are saved.
import { createBackup, verifyBackup } from "@clew/backup";
import { UsageError } from "../../arguments.ts";
import { backupPlace, showProgress, urlOf } from "../../backup-place.ts";
import { createdText, verifyText } from "../../backup-report.ts";
import { readLevel } from "./verify.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";

export async function create(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const level = readLevel(flags.level);
  if (flags.schemaOnly && args.length > 0)
    throw new UsageError("--schema-only takes no tables: it saves the whole schema");
  const project = await readProject(context);
  const url = urlOf(project);
  const { destination, key } = await backupPlace(context, project);
  const signal = context.onInterrupt();
  const onProgress = showProgress(context, "saving");
  const manifest = await createBackup({
    url,
    destination,
    key,
    scope: flags.schemaOnly ? "schema" : args.length > 0 ? "scoped" : "full",
    tables: args,
    connections: project.settings.connections,
    onProgress,
    signal,
  });
  const verified =
    level &&
    (await verifyBackup({
      destination,
      id: manifest.id,
      key,
      level,
      server: url,
      signal,
      onProgress: showProgress(context, "checking"),
    }));
  output.result({ kind: "backup", backup: manifest, verified: verified?.ok ? level : null }, (paint) =>
    [createdText(manifest, destination.name, paint), ...(verified ? [verifyText(verified, paint)] : [])].join("\n"),
  );
  return verified?.ok === false ? 1 : 0;
}
