// Reads queries: which relations' rows they read, lock and write, and which functions they call.
import { type Fields, nodes, type Value } from "../grammar.ts";
import type { Relation } from "./classification.ts";
import { namesOf, relationOf } from "./relation.ts";

export interface Use {
  readonly relation: Relation;
  /** `SELECT`, `SELECT FOR UPDATE` and its like, `INSERT`, `UPDATE`, `DELETE`, `MERGE`. */
  readonly verb: string;
  readonly only: boolean;
  /** The fields of the statement that writes, or of the relation that is read. */
  readonly fields: Fields;
}

export interface Rows {
  /** In the order in which they stand, but what a statement writes to before what it reads. */
  readonly uses: readonly Use[];
  /** Names of functions, in parts as written. */
  readonly calls: readonly (readonly string[])[];
}

/** What the queries anywhere in a tree do. */
export function rowsOf(tree: Value | undefined): Rows {
  const uses: Use[] = [];
  const calls: (readonly string[])[] = [];
  // Not by recursion: a chain of operators is a tree as deep as it is long.
  const places: Place[] = [{ value: tree, ctes: new Set(), locking: outOfReach }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { value } = place;
    if (typeof value !== "object" || value === null) continue;
    const inner: Place[] = [];
    if (Array.isArray(value)) for (const item of value as readonly Value[]) inner.push({ ...place, value: item });
    else for (const [tag, fields] of Object.entries(value)) visit(tag, fields, place, inner, uses, calls);
    while (inner.length > 0) places.push(inner.pop()!);
  }
  return { uses, calls };
}

/** The strength of FOR UPDATE and its like, for a relation of this alias; undefined where none reaches it. */
type Locking = (alias: string) => string | undefined;

interface Place {
  readonly value: Value | undefined;
  /** Names of WITH that are in force. */
  readonly ctes: ReadonlySet<string>;
  readonly locking: Locking;
}

const outOfReach: Locking = () => undefined;

function visit(
  tag: string,
  value: Value | undefined,
  place: Place,
  inner: Place[],
  uses: Use[],
  calls: (readonly string[])[],
): void {
  const fields = (value ?? {}) as Fields;
  switch (tag) {
    case "RangeVar": {
      const relation = relationOf(fields);
      if (relation.schema === undefined && place.ctes.has(relation.name)) return;
      const { aliasname = relation.name } = (fields["alias"] ?? {}) as Fields;
      const strength = place.locking(String(aliasname));
      const verb = strength === undefined ? "SELECT" : `SELECT ${strength}`;
      uses.push({ relation, verb, only: fields["inh"] !== true, fields });
      return;
    }
    case "SelectStmt": {
      const { withClause, intoClause: _, lockingClause, fromClause, larg, rarg, ...rest } = fields;
      const ctes = withNames(withClause, place.ctes, inner);
      const own = nodes(lockingClause).map((node) => node["LockingClause"]!);
      const locking: Locking = (alias) => strengthOf(own, alias) ?? place.locking(alias);
      inner.push({ value: fromClause, ctes, locking }, { value: rest, ctes, locking: outOfReach });
      for (const half of [larg, rarg]) {
        if (half !== undefined) inner.push({ value: { SelectStmt: half as Fields }, ctes, locking: outOfReach });
      }
      return;
    }
    case "InsertStmt":
    case "UpdateStmt":
    case "DeleteStmt":
    case "MergeStmt": {
      const { withClause, relation, ...rest } = fields;
      const ctes = withNames(withClause, place.ctes, inner);
      const only = (relation as Fields)["inh"] !== true;
      uses.push({ relation: relationOf(relation), verb: tag.replace("Stmt", "").toUpperCase(), only, fields });
      inner.push({ value: rest, ctes, locking: outOfReach });
      return;
    }
    case "FuncCall":
      calls.push(namesOf(fields["funcname"]));
  }
  inner.push({ ...place, value });
}

/** Adds the queries of WITH to the places, and gives the names in force after it. */
function withNames(clause: Value | undefined, outer: ReadonlySet<string>, inner: Place[]): ReadonlySet<string> {
  const { ctes, recursive } = (clause ?? {}) as Fields;
  const queries = nodes(ctes).map((node) => node["CommonTableExpr"]!);
  if (queries.length === 0) return outer;
  const known = new Set(outer);
  if (recursive === true) for (const { ctename } of queries) known.add(String(ctename));
  for (const { ctename, ctequery } of queries) {
    inner.push({ value: ctequery, ctes: new Set(known), locking: outOfReach });
    known.add(String(ctename));
  }
  return known;
}

function strengthOf(clauses: readonly Fields[], alias: string): string | undefined {
  for (const { lockedRels, strength } of clauses) {
    const named = nodes(lockedRels).map((node) => node["RangeVar"]?.["relname"]);
    if (named.length === 0 || named.includes(alias)) return strengths[String(strength)];
  }
  return undefined;
}

const strengths: { readonly [strength: string]: string } = {
  LCS_FORUPDATE: "FOR UPDATE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORKEYSHARE: "FOR KEY SHARE",
};
