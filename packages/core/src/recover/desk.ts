// Owns what an app is offered to recover a database on which a run did not end well.
import { cleanSession, isSessionError, type Driver, type Session, type Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { ownError } from "../run/explain.ts";
import { historyMoved, leaseLost } from "../run/records.ts";
import { ownWrite } from "../run/settings.ts";
import { literal } from "../store/bind.ts";
import { invalidIndexes, lookForRecovery, type Look } from "./look.ts";
import type { RecoveryReport } from "./report.ts";

/** Looks at what an earlier run has left, and mends what only a person can decide. The rest is `execute` and `rollback`. */
export interface RecoveryDesk {
  /** What is not as it should be, in words, and what is right to do about it. Changes nothing. */
  look(): Promise<RecoveryReport>;
  /** Says of the statement of a migration that is in doubt whether it took effect. Throws UNKNOWN_VERSION, ANOTHER_RUN. */
  settle(version: string, tookEffect: boolean): Promise<void>;
  /** Builds indexes that are not valid again, without keeping anybody from writing; gives their names. Throws UNSUPPORTED_BY_DRIVER. */
  rebuildIndexes(): Promise<readonly string[]>;
}

type Visit = <T>(work: (session: Session, driver: Driver) => Promise<T>) => Promise<T>;

export function openRecovery(visit: Visit, look: (session: Session) => Promise<Look>): RecoveryDesk {
  return {
    look: () => visit(async (session) => lookForRecovery(session, await look(session))),
    settle: (version, tookEffect) =>
      visit(async (session) => {
        const { segments } = (await look(session)).state;
        const row = segments.find((one) => one.version === version && one.state === "intended");
        if (row === undefined)
          throw new ClewError("UNKNOWN_VERSION", `nothing of version ${version} is in doubt`, { version });
        await session.transaction(settling(row, tookEffect), ownWrite).catch((error: unknown) => {
          const moved = isSessionError(error) && [leaseLost, historyMoved].includes(error.fault.sqlstate ?? "");
          throw moved ? new ClewError("ANOTHER_RUN", error.message) : ownError(error, "settling what is in doubt");
        });
      }),
    rebuildIndexes: () =>
      visit(async (session, driver) => {
        const found = await invalidIndexes(session);
        if (found.length > 0 && !driver.supports.autocommit)
          throw new ClewError("UNSUPPORTED_BY_DRIVER", `${driver.name} cannot run REINDEX INDEX CONCURRENTLY`);
        for (const { index } of found) {
          await session
            .autocommit([...cleanSession, { text: `REINDEX INDEX CONCURRENTLY ${index}` }])
            .catch((error: unknown) => Promise.reject(ownError(error, `rebuilding the index ${index}`)));
        }
        return found.map(({ index }) => index);
      }),
  };
}

/** Refuses itself where a run is at work, or somebody has settled it meanwhile. */
function settling(
  { version, direction, ordinal }: { readonly version: string; readonly direction: string; readonly ordinal: number },
  tookEffect: boolean,
): readonly Sql[] {
  const key = `version = ${literal(version)} AND direction = ${literal(direction)} AND ordinal = ${ordinal} AND state = 'intended'`;
  const change = tookEffect
    ? `UPDATE clew.segment SET state = 'done', changed_at = pg_catalog.now() WHERE ${key}`
    : `DELETE FROM clew.segment WHERE ${key}`;
  return [
    ...cleanSession,
    {
      text: `DO $clew$BEGIN
  PERFORM FROM clew.lease WHERE expires_at > pg_catalog.clock_timestamp() FOR UPDATE;
  IF FOUND THEN RAISE EXCEPTION 'a run is at work' USING ERRCODE = '${leaseLost}'; END IF;
  ${change};
  IF NOT FOUND THEN RAISE EXCEPTION 'it was settled meanwhile' USING ERRCODE = '${historyMoved}'; END IF;
END$clew$`,
    },
  ];
}
