// Owns evaluating expressions and queries of `DO` blocks, as far as constants, variables and the catalog at hand tell.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { formatted, likeMatches, literal } from "./format.ts";
import { answer } from "./answer.ts";
import { findIn, findRelation, nameIn } from "./names.ts";
import type { Scene } from "./scene.ts";
import type { Known, SystemRow } from "./system-rows.ts";
import { fields, scalar, strings, tagged } from "./tree.ts";
import { relationKinds, typeKinds } from "./working.ts";

/** Names in scope: variables, and the rows of a query by alias. */
export interface Scope {
  readonly scene: Scene;
  readonly variables: ReadonlyMap<string, Known>;
  readonly rows: ReadonlyMap<string, SystemRow>;
}

/** The value of an expression; undefined where it cannot be known. */
export function evaluate(scope: Scope, expression: Value | undefined): Known {
  const [tag, node] = tagged(expression);
  switch (tag) {
    case "A_Const":
      if (node["isnull"] === true) return null;
      if (node["boolval"] !== undefined) return fields(node["boolval"])["boolval"] === true;
      return scalar(expression);
    case "ColumnRef":
      return columnValue(scope, node);
    case "TypeCast":
      return castValue(scope, node);
    case "BoolExpr":
      return booleanValue(scope, node);
    case "NullTest": {
      const value = evaluate(scope, node["arg"]);
      if (value === undefined) return undefined;
      return (value === null) === (node["nulltesttype"] !== "IS_NOT_NULL");
    }
    case "BooleanTest":
      return booleanTest(scope, node);
    case "A_Expr":
      return operatorValue(scope, node);
    case "FuncCall":
      return callValue(scope, node);
    case "A_ArrayExpr": {
      const values = nodes(node["elements"]).map((each) => evaluate(scope, each));
      return values.includes(undefined) ? undefined : (values as readonly Exclude<Known, undefined>[]);
    }
    case "SubLink":
      return subqueryValue(scope, node);
    case "CoalesceExpr": {
      for (const each of nodes(node["args"])) {
        const value = evaluate(scope, each);
        if (value !== null) return value;
      }
      return null;
    }
    default:
      return undefined;
  }
}

function columnValue({ rows, variables }: Scope, node: Fields): Known {
  const names = strings(node["fields"]);
  const name = names.at(-1) ?? "";
  if (names.length > 1) {
    const row = rows.get(names.at(-2)!);
    if (row !== undefined) return row[name];
    const record = variables.get(names.at(-2)!);
    return typeof record === "object" && record !== null && !Array.isArray(record)
      ? (record as SystemRow)[name]
      : undefined;
  }
  // Of a query in a query the inner one's rows come last, and are meant.
  let meant: SystemRow | undefined;
  for (const row of rows.values()) if (name in row) meant = row;
  return meant === undefined ? variables.get(name) : meant[name];
}

const registered: {
  readonly [type: string]: readonly (typeof relationKinds | typeof typeKinds)[number][] | undefined;
} = {
  regclass: relationKinds,
  regtype: typeKinds,
  regnamespace: [],
};

function castValue(scope: Scope, node: Fields): Known {
  const value = evaluate(scope, node["arg"]);
  const type = strings(fields(node["typeName"])["names"]).at(-1) ?? "";
  if (typeof value !== "string") return value;
  if (type === "regnamespace") return value.startsWith("schema ") ? value : `schema ${value}`;
  if (type === "regrole") return value.startsWith("role ") ? value : `role ${value}`;
  if (type === "regprocedure" || type === "regproc" || type === "oid") return isKey(scope, value) ? value : undefined;
  if (registered[type] !== undefined)
    return isKey(scope, value) ? value : objectNamed(scope.scene, value, registered[type]);
  if (type === "text" || type === "varchar" || type === "name")
    return isKey(scope, value) ? addressOf(value as Key) : value;
  // An array in quotes.
  if (nodes(fields(node["typeName"])["arrayBounds"]).length > 0 && /^\{[^"{}]*\}$/.test(value)) {
    return value === "{}" ? [] : value.slice(1, -1).split(",");
  }
  return value;
}

function isKey({ scene }: Scope, value: string): boolean {
  return scene.catalog.has(value as Key);
}

function objectNamed(
  scene: Scene,
  value: string,
  kinds: readonly (typeof relationKinds | typeof typeKinds)[number][],
): Known {
  const name = nameIn(value);
  const key = kinds === relationKinds ? findRelation(scene, name) : findIn(scene, name, kinds);
  return key ?? null;
}

function booleanValue(scope: Scope, node: Fields): Known {
  const values = nodes(node["args"]).map((each) => evaluate(scope, each));
  switch (node["boolop"]) {
    case "NOT_EXPR":
      return typeof values[0] === "boolean" ? !values[0] : values[0];
    case "OR_EXPR":
      if (values.includes(true)) return true;
      return values.includes(undefined) ? undefined : values.includes(null) ? null : false;
    default:
      if (values.includes(false)) return false;
      return values.includes(undefined) ? undefined : values.includes(null) ? null : true;
  }
}

function booleanTest(scope: Scope, node: Fields): Known {
  const value = evaluate(scope, node["arg"]);
  if (value === undefined) return undefined;
  switch (node["booltesttype"]) {
    case "IS_TRUE":
      return value === true;
    case "IS_NOT_TRUE":
      return value !== true;
    case "IS_FALSE":
      return value === false;
    case "IS_NOT_FALSE":
      return value !== false;
    default:
      return undefined;
  }
}

function operatorValue(scope: Scope, node: Fields): Known {
  const left = evaluate(scope, node["lexpr"]);
  const operator = strings(node["name"]).at(-1) ?? "";
  switch (node["kind"]) {
    case "AEXPR_IN": {
      const list = nodes(fields(fields(node["rexpr"])["List"])["items"]).map((each) => evaluate(scope, each));
      return within(left, list, operator === "<>");
    }
    case "AEXPR_OP_ANY": {
      const list = evaluate(scope, node["rexpr"]);
      return Array.isArray(list) ? within(left, list, false) : undefined;
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE": {
      const pattern = evaluate(scope, node["rexpr"]);
      if (typeof left !== "string" || typeof pattern !== "string")
        return left === null || pattern === null ? null : undefined;
      return likeMatches(left, pattern, node["kind"] === "AEXPR_ILIKE") !== operator.startsWith("!");
    }
    case "AEXPR_OP":
      break;
    default:
      return undefined;
  }
  const right = evaluate(scope, node["rexpr"]);
  if (left === undefined || right === undefined) return undefined;
  if (left === null || right === null) return null;
  if (typeof left === "object" || typeof right === "object") return undefined;
  switch (operator) {
    case "=":
      return left === right;
    case "<>":
    case "!=":
      return left !== right;
    case "||":
      return `${left}${right}`;
    case "~":
    case "~*":
      return plainPattern.test(String(right))
        ? new RegExp(String(right), operator === "~*" ? "i" : "").test(String(left))
        : undefined;
    case "!~":
      return plainPattern.test(String(right)) ? !new RegExp(String(right)).test(String(left)) : undefined;
    default:
      return undefined;
  }
}

// Regular expressions that mean the same to Postgres and to JavaScript.
const plainPattern = /^[\w^$[\]{},.*+?|() -]*$/;

function within(value: Known, list: readonly Known[], negated: boolean): Known {
  if (value === undefined) return undefined;
  if (value === null) return null;
  if (list.includes(value)) return !negated;
  return list.includes(undefined) ? undefined : negated;
}

function callValue(scope: Scope, node: Fields): Known {
  const args = nodes(node["args"]).map((each) => evaluate(scope, each));
  const [first] = args;
  switch (strings(node["funcname"]).at(-1)) {
    case "format":
      return formatted(args);
    case "quote_ident":
      return typeof first === "string" ? quoteIdentifier(first) : first;
    case "quote_literal":
      return typeof first === "string" ? literal(first) : first;
    case "concat":
      return args.includes(undefined) ? undefined : args.map((arg) => (arg === null ? "" : String(arg))).join("");
    case "lower":
      return typeof first === "string" ? first.toLowerCase() : first;
    case "current_schema":
      return scope.scene.home;
    case "to_regclass":
      return typeof first === "string" ? objectNamed(scope.scene, first, relationKinds) : first;
    case "to_regtype":
      return typeof first === "string" ? objectNamed(scope.scene, first, typeKinds) : first;
    case "to_regnamespace":
      return typeof first === "string" ? (isKey(scope, `schema ${first}`) ? `schema ${first}` : null) : first;
    case "pg_get_function_identity_arguments":
      return typeof first === "string" ? /\((.*)\)$/s.exec(first)?.[1] : undefined;
    default:
      return undefined;
  }
}

function subqueryValue(scope: Scope, node: Fields): Known {
  const answers = answer(scope, node["subselect"]);
  switch (node["subLinkType"]) {
    case "EXISTS_SUBLINK":
      if (answers === undefined) return undefined;
      if (answers.some(({ sure }) => sure)) return true;
      return answers.length === 0 ? false : undefined;
    case "EXPR_SUBLINK": {
      if (answers === undefined || answers.some(({ sure }) => !sure)) return undefined;
      const [only] = answers;
      return only === undefined ? null : Object.values(only.values)[0];
    }
    case "ANY_SUBLINK": {
      if (answers === undefined || answers.some(({ sure }) => !sure)) return undefined;
      return within(
        evaluate(scope, node["testexpr"]),
        answers.map(({ values }) => Object.values(values)[0]),
        false,
      );
    }
    default:
      return undefined;
  }
}
