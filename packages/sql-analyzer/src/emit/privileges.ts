// Owns, as SQL, the grants on what belongs to an extension or to the system: away from those that it came with, and back.
import type { Fact } from "../catalog/catalog.ts";
import { privilegesOn } from "../catalog/grants.ts";
import { addressOf, kindOfKey } from "../catalog/keys.ts";
import { grantName } from "./address.ts";
import { block } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Emitted, Emitter } from "./emitter.ts";
import { asRole, grantTexts } from "./envelope.ts";
import { grantSteps, holding } from "./grants.ts";

type Privileges = Fact<"privileges">;

/** What it came with is in pg_init_privs. https://www.postgresql.org/docs/current/catalog-pg-init-privs.html */
export const privileges: Emitter<"privileges"> = {
  create: (fact, { major }) => anew(fact, major),
  drop: (fact) => [reset(fact, "initial")],
  alter: ({ to, after }) => ({ statements: anew(to, after.major) }),
};

/** The owner is not known by name: it has all at first, and where it shall not it is named, so what is not granted is revoked. */
function anew(fact: Privileges, major: number): readonly Emitted[] {
  const grants = fact.grants ?? [];
  const all = privilegesOn(kindOfKey(fact.on), major);
  const most = grants.filter(({ by }) => by === undefined).map(({ to }) => ({ to, privileges: all }));
  const starts = [holding([], undefined, all), holding(most, undefined, all)];
  const steps = grantSteps(starts, holding(grants, undefined, all));
  return [
    reset(fact, "owner"),
    ...steps.map((step) => {
      const [start, end] = grantTexts(step, all);
      return asRole(step.by, `${start} ${nameOf(fact)} ${end}`);
    }),
  ];
}

function nameOf({ on }: Privileges): string {
  return grantName(kindOfKey(on), addressOf(on)) ?? addressOf(on);
}

/** Takes away all that is granted, and gives what it came with, or everything to the owner. */
function reset(fact: Privileges, to: "initial" | "owner"): Emitted {
  const name = nameOf(fact);
  const [catalog, prefix, letter, which] = placeOf(fact);
  const role = (column: string): string =>
    `CASE WHEN ${column} = 0 THEN 'PUBLIC' ELSE ${column}::pg_catalog.regrole::text END`;
  const wanted =
    to === "initial"
      ? `SELECT 1, ${literal(`GRANT `)} || g.privilege_type || ${literal(` ON ${name} TO `)} || ${role("g.grantee")} || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM object, pg_catalog.aclexplode(coalesce(came_with, pg_catalog.acldefault('${letter}', owner))) g`
      : `SELECT 1, ${literal(`GRANT ALL ON ${name} TO `)} || owner::pg_catalog.regrole::text FROM object`;
  const query = `WITH object AS (SELECT o.${prefix}acl AS acl, o.${prefix}owner AS owner, i.initprivs AS came_with
    FROM pg_catalog.${catalog} o LEFT JOIN pg_catalog.pg_init_privs i
      ON i.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND i.objoid = o.oid AND i.objsubid = 0
    WHERE ${which}), step AS (
    SELECT DISTINCT 0 AS place, ${literal(`REVOKE ALL ON ${name} FROM `)} || ${role("g.grantee")} AS sql
    FROM object, pg_catalog.aclexplode(coalesce(acl, pg_catalog.acldefault('${letter}', owner))) g
    UNION ALL ${wanted})
    SELECT step.sql FROM step ORDER BY place`;
  return { sql: block(`FOR statement IN ${query} LOOP EXECUTE statement; END LOOP;`, "statement text") };
}

/** Where the server keeps the grants of a kind: catalog, prefix of its columns, letter of acldefault, and which row it is. */
function placeOf({ on }: Privileges): readonly [catalog: string, prefix: string, letter: string, which: string] {
  const address = literal(addressOf(on));
  switch (kindOfKey(on)) {
    case "function":
    case "procedure":
    case "aggregate":
      return ["pg_proc", "pro", "f", `o.oid = ${address}::pg_catalog.regprocedure`];
    case "base type":
    case "composite type":
    case "domain":
    case "enum":
    case "range":
      return ["pg_type", "typ", "T", `o.oid = ${address}::pg_catalog.regtype`];
    case "schema":
      return ["pg_namespace", "nsp", "n", `o.oid = ${address}::pg_catalog.regnamespace`];
    case "language":
      return ["pg_language", "lan", "l", `pg_catalog.quote_ident(o.lanname) = ${address}`];
    case "foreign data wrapper":
      return ["pg_foreign_data_wrapper", "fdw", "F", `pg_catalog.quote_ident(o.fdwname) = ${address}`];
    case "server":
      return ["pg_foreign_server", "srv", "S", `pg_catalog.quote_ident(o.srvname) = ${address}`];
    default:
      return ["pg_class", "rel", kindOfKey(on) === "sequence" ? "s" : "r", `o.oid = ${address}::pg_catalog.regclass`];
  }
}
