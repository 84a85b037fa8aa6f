// Owns what an app is offered to bring history and files into step.
import type { Session } from "../driver.ts";
import type { Platform } from "../schema/platform.ts";
import type { AdoptOptions, AdoptReport } from "../adopt/adopt.ts";
import type { ExecutorOptions } from "../options.ts";
import type { Author } from "../run/records.ts";
import { supabaseHistory } from "../store/bind.ts";
import type { BaselineOptions, BaselineReport } from "./baseline.ts";
import type { Mark, MarkOptions, MarkReport } from "./mark.ts";
import type { Place, RepairOptions, RepairReport } from "./repair.ts";

/** Brings history and files into step. Where approvals are demanded, `approve` is the id of what was shown; else NOT_APPROVED is thrown. */
export interface HistoryDesk {
  /** What `repair` would do. Changes nothing. */
  planRepair(options?: RepairOptions): Promise<RepairReport>;
  /**
   * Matches rows and files by version, then by name and text, then by text alone, and mends what is out of step; nothing of a
   * migration is run. The history is changed in one transaction, and only if it still is what was looked at. Throws ANOTHER_RUN.
   */
  repair(options?: RepairOptions): Promise<RepairReport>;
  /**
   * Marks one migration as applied without running it, or as not applied without taking it back. Throws UNKNOWN_VERSION,
   * ANOTHER_RUN.
   */
  mark(version: string, status: Mark, options?: MarkOptions): Promise<MarkReport>;
  /**
   * Marks the files up to and including a version as applied on a database that has what they make, which is looked at first.
   * Throws UNKNOWN_VERSION, ANOTHER_RUN.
   */
  baseline(version: string, options?: BaselineOptions): Promise<BaselineReport>;
  /**
   * Takes the project over from another tool: writes its migrations as ours, and the history of those that are applied. Its table
   * and its files are left as they are. Throws CONFIG_INVALID, NO_FOLDER, ANOTHER_RUN.
   */
  adopt(options?: AdoptOptions): Promise<AdoptReport>;
}

type InSession = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/** Where history and files are, and by what rules they are changed. */
export type DeskPlace = Place & { readonly platform: Platform | undefined };

/** What an executor's options say of it. */
export function placeOf(options: ExecutorOptions, dir: string, author: Author): DeskPlace {
  const { historyTable: history = supabaseHistory, platform } = options;
  const { approval: demand = "none", approvals: folder = "approvals" } = options;
  return { dir, history, platform, author, approving: { demand, folder, who: author.who } };
}

export function openDesk(inSession: InSession, place: () => DeskPlace): HistoryDesk {
  const load = () => import("./repair.ts");
  return {
    planRepair: (options) => inSession(async (session) => (await load()).planRepair(session, place(), options)),
    mark: (version, status, options) =>
      inSession(async (session) => (await import("./mark.ts")).mark(session, place(), version, status, options)),
    baseline: (version, options) =>
      inSession(async (session) => (await import("./baseline.ts")).baseline(session, place(), version, options)),
    adopt: (options) =>
      inSession(async (session) => (await import("../adopt/adopt.ts")).adopt(session, place(), options)),
    repair: (options) => inSession(async (session) => (await load()).repair(session, place(), options)),
  };
}
