// Owns scratch databases: where one can be had, and that it is gone afterwards whatever happens.
import { randomBytes } from "node:crypto";
import type { PGlite } from "@electric-sql/pglite";
import { openUrl } from "../connect.ts";
import { isSessionError, type Driver, type Session } from "../driver.ts";
import { pglite } from "../drivers/pglite.ts";
import { baselineSql } from "../baseline/baseline.ts";
import { isClewError } from "../errors.ts";
import { redact } from "../redact.ts";
import { identifier, literal } from "../store/bind.ts";

/** Where a scratch database is made: in memory (`embedded`), on the target's server (`server`), or on the server of a URL. */
export type ScratchPlace = "embedded" | "server" | (string & {});

/** A throwaway database. */
export interface Scratch extends AsyncDisposable {
  readonly place: "embedded" | "server";
  readonly driver: Driver;
  /** Our own conversation with it, beside those of the engine. */
  readonly session: Session;
  /** Its roles are its own, or those of a server that is not the target's: missing ones may be made. */
  readonly ownRoles: boolean;
  /** Roles that were made for it, to be dropped with it. */
  readonly madeRoles: Set<string>;
}

/** What a scratch database has to be like. */
export interface ScratchNeeds {
  /** The target's URL. */
  readonly url?: string;
  /** It starts as a fresh Supabase project. */
  readonly supabase: boolean;
  /** The role that the migrations run as on the target. */
  readonly user: string;
}

/** Why there is no scratch database at a place. */
export class NoScratch extends Error {
  override readonly name = "NoScratch";
}

/** Opens one. Throws NoScratch with the reason. */
export async function openScratch(place: ScratchPlace, needs: ScratchNeeds): Promise<Scratch> {
  if (place === "embedded") return openInMemory(needs).catch(refuse("in memory"));
  if (place !== "server") return openOnServer(place, needs, true).catch(refuse("on the server that was given"));
  if (needs.url === undefined) throw new NoScratch("on the target's server: its URL is not known");
  return openOnServer(needs.url, needs, false).catch(refuse("on the target's server"));
}

function refuse(where: string): (cause: unknown) => never {
  return (cause) => {
    if (!isClewError(cause) && !isSessionError(cause) && !(cause instanceof NoScratch)) throw cause;
    throw new NoScratch(`${where}: ${redact(cause.message)}`, { cause });
  };
}

async function openInMemory({ supabase, user }: ScratchNeeds): Promise<Scratch> {
  const { createScratch } = await import("../embedded/index.ts");
  const { db, close } = supabase ? await createScratch() : await plain();
  if (user !== "postgres") await db.exec(renameSuperuser(user));
  const driver = pglite(db);
  const session = await driver.connect();
  return { place: "embedded", driver, session, ownRoles: true, madeRoles: new Set(), [Symbol.asyncDispose]: close };
}

/** A database in memory as Postgres makes one. */
async function plain(): Promise<{ readonly db: PGlite; close(): Promise<void> }> {
  const { loadPGlite } = await import("../embedded/start.ts");
  const db = await (await loadPGlite(undefined))({});
  return { db, close: () => db.close() };
}

/**
 * Whatever is run in memory is run as the superuser that it has, so he gets the name of the target's role.
 * No session may rename its own role, so for that moment it is another's.
 */
function renameSuperuser(name: string): string {
  return `CREATE ROLE clew_scratch SUPERUSER; SET SESSION AUTHORIZATION clew_scratch;
ALTER ROLE postgres RENAME TO ${identifier(name)}; SET SESSION AUTHORIZATION ${identifier(name)}; DROP ROLE clew_scratch;
CREATE ROLE postgres SUPERUSER;`;
}

/** The names of scratch databases hold the second in which they were made. */
const prefix = "clew_scratch_";

/** Made, but with nobody connected for so long: the run that made it was killed. */
const abandonedAfter = 60;

async function openOnServer(url: string, { supabase }: ScratchNeeds, ownRoles: boolean): Promise<Scratch> {
  const admin = await connectTo(url);
  const name = `${prefix}${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString("hex")}`;
  try {
    await dropAbandoned(admin.session);
    await admin.session.autocommit([{ text: await creation(admin.session, name) }]);
  } catch (error) {
    await admin.session[Symbol.asyncDispose]();
    throw error;
  }
  const madeRoles = new Set<string>();
  const drop = async (): Promise<void> => {
    try {
      await admin.session.autocommit([{ text: `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)` }]);
      // Another scratch on that server may stand on a role.
      for (const role of madeRoles) {
        await admin.session.autocommit([{ text: `DROP ROLE IF EXISTS ${identifier(role)}` }]).catch(() => undefined);
      }
    } finally {
      await admin.session[Symbol.asyncDispose]();
    }
  };
  try {
    const { driver, session } = await connectTo(Object.assign(new URL(url), { pathname: `/${name}` }).href);
    // It sets up roles, which on the target's server are the target's.
    if (supabase && ownRoles) await session.autocommit([{ text: baselineSql(), script: true }]);
    const dispose = async (): Promise<void> => {
      await session[Symbol.asyncDispose]();
      await drop();
    };
    return { place: "server", driver, session, ownRoles, madeRoles, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function connectTo(url: string): Promise<{ driver: Driver; session: Session }> {
  const { driver } = await openUrl(url);
  return { driver, session: await driver.connect() };
}

/** Encoding and locale as the database has them that is asked: they decide about sorting, and so about indexes and ranges. */
async function creation(session: Session, name: string): Promise<string> {
  const [about] = await session.query<{ encoding: string; collate: string; ctype: string; may: boolean }>({
    text: `SELECT pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
  r.rolcreatedb OR r.rolsuper AS may
FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`,
  });
  if (!about?.may) throw new NoScratch("the role may not create databases (CREATEDB)");
  const { encoding, collate, ctype } = about;
  return `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`;
}

/** Drops what killed runs have left on this server. That it cannot be done, or is being done, changes nothing. */
async function dropAbandoned(session: Session): Promise<void> {
  const left = await session.query<{ name: string }>({
    text: `SELECT d.datname AS name FROM pg_catalog.pg_database d
WHERE d.datname ~ '^${prefix}[0-9]+_' AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
  AND pg_catalog.substring(d.datname, '^${prefix}([0-9]+)')::bigint < extract(epoch FROM pg_catalog.now()) - ${abandonedAfter}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)`,
  });
  for (const { name } of left) {
    await session.autocommit([{ text: `DROP DATABASE IF EXISTS ${identifier(name)}` }]).catch((error: unknown) => {
      if (!isSessionError(error) || error.fault.reply === "lost") throw error;
    });
  }
}
