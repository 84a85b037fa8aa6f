// Owns `clew supabase`: the channel through which a service key runs migrations is installed, armed, closed, removed, looked at.
import { changeChannel, channelSql, type ChannelChange, type ChannelReport } from "@clew/core/supabase";
import { ClewError } from "@clew/core";
import { UsageError } from "../arguments.ts";
import type { Paint } from "../colors.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { parseDuration } from "../durations.ts";
import { findingsText } from "../findings.ts";
import { readProject } from "../project.ts";

const actions = ["install", "uninstall", "arm", "disarm", "status"] as const;

export async function supabase(context: Context): Promise<number> {
  const { flags, output } = context;
  const change = changeOf(context);
  if (change && "seconds" in change && change.seconds === "for-good")
    output.log.warn("armed for good, whoever has the service key may change the schema at any time");
  if (flags.print) {
    if (!change) throw new UsageError("supabase status has nothing to print");
    const sql = channelSql(change);
    output.result({ kind: "sql", sql }, () => sql.trimEnd());
    return 0;
  }
  const { source } = await readProject(context);
  if (source?.kind !== "url") {
    throw new ClewError("NO_DATABASE", "a direct connection is needed: a key cannot open its own channel", {
      help: "Give --db postgresql://…, or SUPABASE_DB_URL; or print the SQL with --print, for the dashboard's SQL editor.",
    });
  }
  if (change?.do === "uninstall")
    await confirm(
      context,
      context.onInterrupt(),
      "removing the channel",
      "Remove the channel and its record of attempts?",
    );
  output.spinner.show(() => "asking the database");
  const report = await changeChannel(source.url, change);
  output.result(report, (paint) => reportText(report, paint));
  return report.outcome === "faulty" ? 1 : 0;
}

function changeOf({ args: [action = ""], flags }: Context): ChannelChange | undefined {
  const timed = flags.for !== undefined || flags.forGood === true;
  if (timed && action !== "arm" && action !== "install")
    throw new UsageError(`--for and --for-good are of supabase arm and install, not of supabase ${action}`);
  switch (action as (typeof actions)[number]) {
    case "install":
      return timed ? { do: "install", seconds: secondsOf(flags.for, flags.forGood) } : { do: "install" };
    case "uninstall":
    case "disarm":
      return { do: action as "uninstall" | "disarm" };
    case "arm":
      return { do: "arm", seconds: secondsOf(flags.for, flags.forGood) };
    case "status":
      return undefined;
  }
  throw new UsageError(`supabase takes ${actions.slice(0, -1).join(", ")} or ${actions.at(-1)}, not ${action}`);
}

function secondsOf(time: string | undefined, forGood: true | undefined): number | "for-good" {
  if (time !== undefined && forGood) throw new UsageError("--for and --for-good were both given");
  if (forGood) return "for-good";
  if (time === undefined) throw new UsageError("supabase arm needs --for <time>, such as --for 30m, or --for-good");
  const ms = parseDuration(time, "s");
  if (ms === undefined || ms === 0) throw new UsageError(`--for: ${time} is no time; write 90s, 30m or 2h`);
  return ms / 1000;
}

/** The channel's state, for people. */
function reportText({ outcome, installed, armedUntil, attempts, findings }: ChannelReport, paint: Paint): string {
  if (outcome === "not-installed") return "This database has no channel for Clew.";
  const counts = Object.entries(attempts).map(([what, n]) => `${n} ${what}`);
  const lines = [
    installed ?? "A channel without a mark",
    armedUntil === null
      ? "Not armed: nothing runs through it."
      : `Armed ${armedUntil === "infinity" ? "for good" : `until ${armedUntil}`}.`,
    ...(counts.length > 0 ? [`Requests: ${counts.join(", ")}.`] : []),
    ...(findings.length > 0 ? [findingsText(findings, paint)] : []),
  ];
  return lines.join("\n");
}
