// Owns the reading of casts, operators, operator classes and families.
import { castKey, operatorKey, operatorSetKey, type Key } from "@clew/sql-analyzer";
import { schemaKey, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface CastRow {
  readonly oid: number;
  readonly source: string;
  readonly target: string;
  readonly method: "f" | "i" | "b";
  readonly function: number;
  readonly context: "e" | "a" | "i";
}

const contexts = { e: undefined, a: "assignment", i: "always" } as const;

/** That of a range to its multirange comes with them. */
export const casts: Reading<CastRow> = {
  sql: `SELECT c.oid::bigint AS oid, pg_catalog.format_type(c.castsource, NULL) AS source,
    pg_catalog.format_type(c.casttarget, NULL) AS target, c.castmethod AS method, c.castfunc::bigint AS function, c.castcontext AS context
  FROM pg_catalog.pg_cast c
  WHERE c.oid >= 16384 AND c.oid NOT IN ${members("pg_cast")}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_range r WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)`,
  gather(census, rows) {
    for (const { oid, source, target, method, function: called, context } of rows) {
      census.add(
        "cast",
        ["pg_cast", oid],
        { key: castKey(source, target), name: "" },
        {
          source,
          target,
          method: method === "f" ? census.key("pg_proc", called)! : method === "i" ? "inout" : "binary",
          implicit: contexts[context],
        },
      );
    }
  },
};

interface OperatorRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner: number;
  readonly left: string | null;
  readonly right: string;
  readonly result: string;
  readonly function: number;
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
}

/** An operator's name with its schema; those of pg_catalog stand bare. */
const operatorName = (column: string): string => `(SELECT CASE WHEN x.oprnamespace <> 11
      THEN x.oprnamespace::regnamespace::text || '.' ELSE '' END || x.oprname FROM pg_catalog.pg_operator x WHERE x.oid = ${column})`;

/** Shells, which stand for a commutator or negator that is still to come, are left out. */
export const operators: Reading<OperatorRow> = {
  sql: `SELECT o.oid::bigint AS oid, s.nspname AS schema, o.oprname AS name, o.oprowner::bigint AS owner,
    CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END AS left,
    pg_catalog.format_type(o.oprright, NULL) AS right, pg_catalog.format_type(o.oprresult, NULL) AS result,
    o.oprcode::bigint AS function, ${operatorName("o.oprcom")} AS commutator, ${operatorName("o.oprnegate")} AS negator,
    nullif(o.oprrest::regproc::text, '-') AS restrict, nullif(o.oprjoin::regproc::text, '-') AS join,
    o.oprcanhash AS hashes, o.oprcanmerge AS merges
  FROM pg_catalog.pg_operator o JOIN space s ON s.oid = o.oprnamespace WHERE o.oid NOT IN ${members("pg_operator")} AND o.oprcode <> 0`,
  gather(census, rows) {
    for (const { oid, schema, name, owner, function: called, ...said } of rows) {
      const key = operatorKey(schema, name, said.left ?? undefined, said.right);
      census.add(
        "operator",
        ["pg_operator", oid],
        { key, name, parent: schemaKey(schema), owner },
        {
          ...said,
          function: census.key("pg_proc", called)!,
        },
      );
    }
  },
};

interface OperatorClassRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner: number;
  readonly method: string;
  readonly type: string;
  readonly default: boolean;
  readonly familySchema: string;
  readonly family: string;
  readonly storage: string | null;
  readonly members: readonly string[] | null;
}

/** The operators and functions that depend on a class or family as its own, as CREATE OPERATOR CLASS lists them. */
const listOf = (
  classid: number,
  oid: string,
): string => `(SELECT json_agg(member ORDER BY sort, member COLLATE "C") FROM (
      SELECT format('OPERATOR %s %s', a.amopstrategy, a.amopopr::regoperator) || CASE WHEN a.amoppurpose = 'o'
        THEN ' FOR ORDER BY ' || (SELECT CASE WHEN f.opfnamespace <> 11 THEN f.opfnamespace::regnamespace::text || '.' ELSE '' END
          || quote_ident(f.opfname) FROM pg_catalog.pg_opfamily f WHERE f.oid = a.amopsortfamily) ELSE '' END AS member, a.amopstrategy AS sort
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amop a ON d.classid = 2602 AND a.oid = d.objid
      WHERE d.refclassid = ${classid} AND d.refobjid = ${oid} AND d.deptype IN ('i','a')
      UNION ALL SELECT format('FUNCTION %s (%s, %s) %s', a.amprocnum, pg_catalog.format_type(a.amproclefttype, NULL),
        pg_catalog.format_type(a.amprocrighttype, NULL), a.amproc::regprocedure), 1000 + a.amprocnum
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_amproc a ON d.classid = 2603 AND a.oid = d.objid
      WHERE d.refclassid = ${classid} AND d.refobjid = ${oid} AND d.deptype IN ('i','a')) listed)`;

export const operatorClasses: Reading<OperatorClassRow> = {
  sql: `SELECT o.oid::bigint AS oid, s.nspname AS schema, o.opcname AS name, o.opcowner::bigint AS owner, am.amname AS method,
    pg_catalog.format_type(o.opcintype, NULL) AS type, o.opcdefault AS default,
    n.nspname AS "familySchema", f.opfname AS family,
    CASE WHEN o.opckeytype <> 0 THEN pg_catalog.format_type(o.opckeytype, NULL) END AS storage,
    ${listOf(2616, "o.oid")} AS members
  FROM pg_catalog.pg_opclass o JOIN space s ON s.oid = o.opcnamespace JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod
    JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace WHERE o.oid NOT IN ${members("pg_opclass")}`,
  gather(census, rows) {
    for (const { oid, schema, name, owner, members: listed, familySchema, ...said } of rows) {
      const about = { ...operatorSet("operator class", schema, name, said.method), owner };
      const family = operatorSetKey("operator family", familySchema, said.family, said.method);
      census.add("operator class", ["pg_opclass", oid], about, { ...said, family, members: listed ?? [] });
    }
  },
};

interface OperatorFamilyRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner: number;
  readonly method: string;
  readonly members: readonly string[] | null;
}

export const operatorFamilies: Reading<OperatorFamilyRow> = {
  sql: `SELECT f.oid::bigint AS oid, s.nspname AS schema, f.opfname AS name, f.opfowner::bigint AS owner, am.amname AS method,
    ${listOf(2753, "f.oid")} AS members
  FROM pg_catalog.pg_opfamily f JOIN space s ON s.oid = f.opfnamespace JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod WHERE f.oid NOT IN ${members("pg_opfamily")}`,
  gather(census, rows) {
    for (const { oid, schema, name, owner, method, members: listed } of rows) {
      const about = { ...operatorSet("operator family", schema, name, method), owner };
      census.add("operator family", ["pg_opfamily", oid], about, { method, members: listed ?? [] });
    }
  },
};

function operatorSet(
  kind: "operator class" | "operator family",
  schema: string,
  name: string,
  method: string,
): { readonly key: Key; readonly name: string; readonly parent: Key } {
  return { key: operatorSetKey(kind, schema, name, method), name, parent: schemaKey(schema) };
}
