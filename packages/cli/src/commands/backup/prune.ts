// Owns `clew backup prune`: backups that no rule keeps are removed, once they were shown.
import { planPrune, prune as removeBackups, type RetentionPolicy } from "@clew/backup";
import { UsageError, type Flags } from "../../arguments.ts";
import { backupPlace } from "../../backup-place.ts";
import { pruneText } from "../../backup-report.ts";
import { neededBy } from "../../backup-gate.ts";
import { confirm } from "../../confirm.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";
import { count } from "../../table.ts";

export async function prune(context: Context): Promise<number> {
  const { flags, output } = context;
  const policy = policyOf(flags);
  const project = await readProject(context);
  const { backupKeep = {} } = project.settings;
  const rules = Object.keys(policy).length > 0 ? policy : backupKeep;
  if (Object.keys(rules).length === 0)
    throw new UsageError("no rule says what stays: give --last, --days or --size, or backupKeep in clew.config.ts");
  const { destination } = await backupPlace(context, project);
  const needed = await neededBy(context, project);
  const verdicts = await planPrune(destination, rules, needed);
  const going = verdicts.filter(({ keep }) => !keep).length;
  if (!flags.dryRun && going > 0) {
    if (!output.json) output.log.info(pruneText(verdicts, output.paint));
    await confirm(context, context.onInterrupt(), "a removal of backups", `Remove ${count(going, "backup")}?`);
    await removeBackups(destination, verdicts);
  }
  const dryRun = flags.dryRun === true;
  output.result({ kind: "prune", dryRun, place: destination.name, verdicts }, (paint) =>
    flags.dryRun || going === 0
      ? pruneText(verdicts, paint)
      : `Removed ${count(going, "backup")} from ${destination.name}.`,
  );
  return 0;
}

function policyOf(flags: Flags): RetentionPolicy {
  const number = (name: "last" | "days" | "size"): number | undefined => {
    const text = flags[name];
    if (text === undefined) return undefined;
    if (!/^\d+$/.test(text)) throw new UsageError(`--${name} is a whole number, not ${text}`);
    return Number(text);
  };
  const [last, days, size] = [number("last"), number("days"), number("size")];
  return {
    ...(last === undefined ? {} : { last }),
    ...(days === undefined ? {} : { days }),
    ...(size === undefined ? {} : { bytes: size * 1_000_000 }),
  };
}
