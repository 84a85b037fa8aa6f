// The entry for the diagnosis: which channel is used and why, what it can do, and what is wrong, with the mend.
import { choose, type Choice } from "../choose.ts";
import { isTransactionPooler, openDatabase } from "../connect.ts";
import type { Session } from "../driver.ts";
import { isClewError, type ErrorData } from "../errors.ts";
import { readFolder } from "../files/read.ts";
import type { ExecutorOptions } from "../options.ts";
import { connectError, ownError } from "../run/explain.ts";
import { binder, supabaseHistory } from "../store/bind.ts";
import { readState } from "../store/state.ts";
import { requestSeconds } from "../supabase/channel.ts";
import { toolVersion } from "../version.ts";
import { wantedExtensions } from "./extensions.ts";
import { channelFindings, clockFinding, extensionFindings, factsOf, roleFindings, serverFinding } from "./facts.ts";
import { booksFindings } from "./books.ts";
import type { ChannelFound, Diagnosis, Finding } from "./report.ts";

export type { ChannelFound, Diagnosis, Finding } from "./report.ts";

/**
 * Looks at everything between this process and the database's history. Changes nothing, and does not throw for what it finds.
 * `from` is where the database was named, for those who know better than that it was given.
 */
export async function diagnose(options: ExecutorOptions = {}, from?: string): Promise<Diagnosis> {
  const findings: Finding[] = [{ name: "clew", state: "well", said: `version ${toolVersion}` }];
  let choice: Choice | undefined;
  let channel: ChannelFound | null = null;
  try {
    choice = choose(options);
    if (choice && from !== undefined) choice = { ...choice, why: `${from} names the database` };
    channel = choice ? channelOf(choice) : null;
    if (choice) findings.push({ name: "channel", ...wordsOf(choice, channel!) });
    const began = performance.now();
    const { driver, close } = await openDatabase(options);
    try {
      await using session = await driver.connect().catch((error: unknown) => Promise.reject(connectError(error)));
      const ms = Math.round(performance.now() - began);
      findings.push({ name: "connection", state: "well", said: `answered in ${ms} ms` });
      findings.push(...(await examine(session, options)));
    } finally {
      await close();
    }
  } catch (error) {
    findings.push(failure(isClewError(error) ? error.data : ownError(error, "looking at the database").data));
  }
  const ill = findings.some(({ state }) => state === "error");
  return { kind: "doctor", outcome: ill ? "ill" : "well", channel, findings };
}

async function examine(session: Session, options: ExecutorOptions): Promise<readonly Finding[]> {
  const { historyTable = supabaseHistory, dir = "supabase/migrations" } = options;
  const sent = Date.now();
  const facts = await factsOf(session);
  const received = Date.now();
  const state = await readState(session, historyTable, binder(historyTable));
  const folder = await readFolder(dir).catch(() => undefined);
  const wanted = folder ? await wantedExtensions(folder.files) : [];
  return [
    serverFinding(state.target),
    ...roleFindings(facts, state),
    clockFinding(facts, sent, received),
    ...booksFindings(historyTable, state),
    ...extensionFindings(facts, wanted),
    ...(facts.supabase ? await channelFindings(session) : []),
  ];
}

function failure({ code, message, help }: ErrorData): Finding {
  const name =
    code === "NO_DATABASE" || code === "CONFIG_INVALID" || code === "KEY_REFUSED" ? "configuration" : "connection";
  return { name, state: "error", said: message, help };
}

function channelOf(choice: Choice): ChannelFound {
  const { why } = choice;
  const whole = { why, alone: true, session: true, seconds: null };
  switch (choice.kind) {
    case "api":
      return { kind: "api", why, alone: false, session: false, seconds: requestSeconds };
    case "url": {
      if (isTransactionPooler(choice.url))
        return { ...whole, kind: "transaction-pooler", alone: false, session: false };
      const pooled = URL.canParse(choice.url) && new URL(choice.url).hostname.endsWith(".pooler.supabase.com");
      return { ...whole, kind: pooled ? "session-pooler" : "direct" };
    }
    case "driver": {
      const { autocommit } = choice.driver.supports;
      return { ...whole, kind: "driver", alone: autocommit, session: autocommit };
    }
    case "embedded":
    case "login":
      return { ...whole, kind: choice.kind };
  }
}

const names: Readonly<Record<ChannelFound["kind"], string>> = {
  driver: "the driver that was given",
  direct: "a direct connection",
  "session-pooler": "Supabase's session pooler",
  "transaction-pooler": "a transaction pooler (port 6543)",
  embedded: "the embedded Postgres",
  login: "a direct connection with a login of its own",
  api: "Supabase's API, with a service key",
};

function wordsOf({ why }: Choice, { kind, alone, session, seconds }: ChannelFound): Omit<Finding, "name"> {
  const limits = [
    ...(alone ? [] : ["no CREATE INDEX CONCURRENTLY, VACUUM and the like"]),
    ...(session ? [] : ["nothing that stays in a session"]),
    ...(seconds === null ? [] : [`${seconds} s for a migration`]),
  ];
  const said = `${names[kind]}, since ${why}; ${limits.length === 0 ? "it can run everything" : `limits: ${limits.join(", ")}`}`;
  if (kind !== "transaction-pooler") return { state: "well", said };
  const help = "Use the direct connection or the session pooler (port 5432): migrations need their session.";
  return { state: "warning", said, help };
}
