// Owns the changes of the channel over a direct connection: install, uninstall, arm, disarm.
import { openUrl } from "../connect.ts";
import { isSessionError } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { connectError } from "../run/explain.ts";
import { redact } from "../redact.ts";
import { armSql, disarmSql, installSql, uninstallSql } from "./functions.ts";
import { inspectChannel, type ChannelReport } from "./inspect.ts";

/** What can be done to the channel. It is armed for so many seconds, or `for-good`; what is newly installed is not, unless it is said. */
export type ChannelChange =
  | { readonly do: "uninstall" | "disarm" }
  | { readonly do: "install"; readonly seconds?: number | "for-good" }
  | { readonly do: "arm"; readonly seconds: number | "for-good" };

/** The SQL of a change, to be run as the role `postgres`: over a connection, or in the dashboard's editor. */
export function channelSql(change: ChannelChange): string {
  switch (change.do) {
    case "install":
      return change.seconds === undefined ? installSql() : `${installSql()}${armSql(change.seconds)}\n`;
    case "uninstall":
      return uninstallSql();
    case "arm":
      return `${armSql(change.seconds)}\n`;
    case "disarm":
      return `${disarmSql}\n`;
  }
}

/**
 * Changes the channel of the database at `url`, or only looks at it, and tells what it has come to. Throws CHANNEL_MISSING where there is none to arm,
 * CONNECT_FAILED, and CHANNEL_REFUSED where the role may not.
 */
export async function changeChannel(url: string, change?: ChannelChange): Promise<ChannelReport> {
  const { driver, close } = await openUrl(url);
  try {
    await using session = await driver.connect();
    if (change === undefined) return await inspectChannel(session);
    if (change.do === "arm" || change.do === "disarm") {
      const { outcome } = await inspectChannel(session);
      if (outcome === "not-installed") throw new ClewError("CHANNEL_MISSING", "this database has no channel");
    }
    try {
      await session.autocommit([{ text: channelSql(change) }]);
    } catch (error) {
      if (!isSessionError(error) || error.fault.reply === "lost") throw error;
      const { sqlstate, hint } = error.fault;
      throw new ClewError(
        "CHANNEL_REFUSED",
        redact(`the database refused to ${change.do} the channel: ${error.message}`),
        {
          // SQLSTATE 42704: undefined_object, such as the role anon
          help:
            sqlstate === "42704"
              ? "The channel is for Supabase projects, and this database lacks what they have."
              : "Connect as the role postgres: the channel belongs to it.",
          ...(sqlstate === undefined ? {} : { sqlstate }),
          ...(hint === undefined ? {} : { hint: redact(hint) }),
        },
        { cause: error },
      );
    }
    return await inspectChannel(session);
  } catch (error) {
    throw connectError(error);
  } finally {
    await close();
  }
}
