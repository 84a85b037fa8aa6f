// Owns how an expression becomes a term.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { nameOf } from "../fold/names.ts";
import { walkTree } from "../walk.ts";
import { fields, strings, tagged, text } from "../fold/tree.ts";
import { readQuery } from "./queries.ts";
import type { Reader } from "./reader.ts";
import { findColumn, type Scope } from "./scope.ts";
import { type Constant, group, nothing, type Term, typeOfTerm } from "./term.ts";
import {
  bareType,
  formOfCall,
  sumOf,
  resultOf,
  resultOfOperator,
  sqlValueTypes,
  textFunctions,
  widestOf,
} from "./types.ts";

export function readExpression(reader: Reader, node: Value | undefined, scope: Scope): Term {
  const [tag, inner] = tagged(node);
  const read = (value: Value | undefined): Term => readExpression(reader, value, scope);
  const all = (value: Value | undefined): readonly Term[] => nodes(value).map(read);
  switch (tag) {
    case "":
      return nothing;
    case "A_Const":
      return constantOf(inner);
    case "ColumnRef":
      return columnOf(inner, scope);
    case "TypeCast":
      return castOf(reader, read(inner["arg"]), reader.type(fields(inner["typeName"])));
    case "A_Expr":
      return operatorOf(reader, inner, scope);
    case "BoolExpr":
      return junction(String(inner["boolop"]), all(inner["args"]));
    case "NullTest":
      return group(String(inner["nulltesttype"]), [read(inner["arg"])], "boolean");
    case "BooleanTest":
      return group(String(inner["booltesttype"]), [read(inner["arg"])], "boolean");
    case "FuncCall":
      return callOf(reader, inner, scope);
    case "CoalesceExpr":
      return common("coalesce", all(inner["args"]));
    case "MinMaxExpr":
      return common(String(inner["op"]), all(inner["args"]));
    case "CaseExpr":
      return caseOf(inner, read);
    case "A_ArrayExpr":
      return arrayOf(all(inner["elements"]));
    case "SQLValueFunction":
      return group(String(inner["op"]), [], sqlValueTypes[String(inner["op"])]);
    case "SubLink":
      return sublinkOf(reader, inner, scope);
    case "SelectStmt":
      return readQuery(reader, inner, scope, false).term;
    case "CollateClause":
      return group(`collate ${strings(inner["collname"]).at(-1)}`, [read(inner["arg"])], "text", "operands");
    case "SortBy":
      return sortOf(reader, inner, scope, read);
    case "RangeVar":
      return reader.relation(inner);
    default:
      return plain(reader, tag, inner, scope);
  }
}

/** One key of an ORDER BY, whose expression is found by `find`. */
export function sortOf(reader: Reader, sort: Fields, scope: Scope, find: (key: Node) => Term): Term {
  if (sort["useOp"] !== undefined) return plain(reader, "SortBy", sort, scope);
  const down = sort["sortby_dir"] === "SORTBY_DESC";
  const nulls = String(sort["sortby_nulls"]);
  const last = nulls === "SORTBY_NULLS_DEFAULT" ? !down : nulls === "SORTBY_NULLS_LAST";
  return group(`sort ${down ? "down" : "up"} ${last ? "last" : "first"}`, [find(fields(sort["node"]) as Node)]);
}

/** A node of which nothing is known but that the server prints what was written. */
export function plain(reader: Reader, tag: string, node: Fields, scope: Scope): Term {
  const words: string[] = [];
  const parts: Term[] = [];
  for (const field of Object.keys(node).sort()) {
    const value = node[field];
    if (typeof value !== "object" || value === null) {
      if (!/location|list_start|list_end/.test(field)) words.push(`${field}=${String(value)}`);
    } else if (Array.isArray(value)) {
      parts.push(
        group(
          `node ${field}`,
          (value as readonly Value[]).map((item) => readExpression(reader, item, scope)),
        ),
      );
    } else parts.push(readField(reader, field, value as Fields, scope));
  }
  return group(`node ${tag} ${words.join(" ")}`, parts);
}

/** Some fields hold a node with its tag, and some the node's own fields. */
function readField(reader: Reader, field: string, value: Fields, scope: Scope): Term {
  const keys = Object.keys(value);
  const isTagged = keys.length === 1 && /^[A-Z]/.test(keys[0]!);
  if (value["relname"] !== undefined) return reader.relation(value);
  return group(`node ${field}`, [isTagged ? readExpression(reader, value, scope) : plain(reader, "", value, scope)]);
}

/** AND, OR, NOT. The grammar takes `(a AND b) AND c` for one list, but BETWEEN and IN come to be lists later. */
function junction(head: string, parts: readonly Term[]): Term {
  const [first, ...rest] = parts;
  const flat = head !== "NOT_EXPR" && first?.is === "group" && first.head === head ? [...first.parts, ...rest] : parts;
  return group(head, flat, "boolean");
}

/** A constant of the grammar, without a type where it says none. */
export function constantOf(node: Fields): Constant {
  const made = (form: Constant["form"], value: string): Constant => ({ is: "constant", form, value, type: undefined });
  if (node["isnull"] === true) return made("null", "");
  if (node["ival"] !== undefined) return made("number", String(fields(node["ival"])["ival"] ?? 0));
  if (node["fval"] !== undefined) return made("number", String(fields(node["fval"])["fval"]));
  if (node["boolval"] !== undefined) return made("boolean", String(fields(node["boolval"])["boolval"] ?? false));
  if (node["sval"] !== undefined) return made("string", text(fields(node["sval"])["sval"]) ?? "");
  return { ...made("string", text(fields(node["bsval"])["bsval"]) ?? ""), type: "bit" };
}

function columnOf(node: Fields, scope: Scope): Term {
  const names = nodes(node["fields"]).map((field) => (field["A_Star"] ? "*" : (text(field["String"]?.["sval"]) ?? "")));
  return findColumn(scope, names);
}

function castOf(reader: Reader, of: Term, type: string): Term {
  // A string is unknown by itself.
  if (of.is === "constant" && of.type === undefined && type === "unknown") return of;
  if (of.is === "constant" && (of.form === "string" || of.form === "null")) {
    // 'x'::varchar(5) is printed as ('x'::character varying)::character varying(5).
    if (of.type === undefined || bareType(type) === of.type) {
      return { ...of, type, ...(reader.scene.catalog.has(`enum ${type}`) ? { literal: true } : {}) };
    }
  }
  if (of.is === "constant" && of.form === "boolean" && type === "boolean") return of;
  if (reader.written && of.is === "group" && of.head === "array" && of.parts.length > 0 && type.endsWith("[]")) {
    const element = type.slice(0, -2);
    return {
      ...of,
      type,
      parts: of.parts.map((part) => (typeOfTerm(part) === element ? part : castOf(reader, part, element))),
    };
  }
  return { is: "cast", type, of };
}

function operatorOf(reader: Reader, node: Fields, scope: Scope): Term {
  const read = (value: Value | undefined): Term => readExpression(reader, value, scope);
  const operator = strings(node["name"]).at(-1) ?? "";
  // Each is read once, for a query in it is told from others by the order in which they are read.
  const left = (): Term => read(node["lexpr"]);
  const binary = (name: string, one: Term, other: Term): Term =>
    group(name, [one, other], resultOfOperator(name, typeOfTerm(one), typeOfTerm(other)), "operands");
  const list = (): readonly Term[] => nodes(fields(fields(node["rexpr"])["List"])["items"]).map(read);
  const not = (term: Term): Term => group("NOT_EXPR", [term], "boolean");
  const distinct = (one: Term, other: Term): Term => group("distinct", [one, other], "boolean", "operands");
  const rows = rowsCompared(node["lexpr"], node["rexpr"]);
  switch (node["kind"]) {
    case "AEXPR_DISTINCT":
    case "AEXPR_NOT_DISTINCT": {
      const is =
        rows === undefined
          ? distinct(left(), read(node["rexpr"]))
          : group(
              "OR_EXPR",
              rows.map(([one, other]) => distinct(read(one), read(other))),
              "boolean",
            );
      return node["kind"] === "AEXPR_DISTINCT" ? is : not(is);
    }
    case "AEXPR_NULLIF": {
      const one = left();
      return group("nullif", [one, read(node["rexpr"])], typeOfTerm(one), "operands");
    }
    case "AEXPR_BETWEEN": {
      const of = left();
      const [low = nothing, high = nothing] = list();
      return group("AND_EXPR", [binary(">=", of, low), binary("<=", of, high)], "boolean");
    }
    case "AEXPR_NOT_BETWEEN": {
      const of = left();
      const [low = nothing, high = nothing] = list();
      return group("OR_EXPR", [binary("<", of, low), binary(">", of, high)], "boolean");
    }
    case "AEXPR_IN":
      return inList(operator, node, read, binary);
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL": {
      const word = node["kind"] === "AEXPR_OP_ANY" ? "any" : "all";
      return group(`${word} ${operator}`, [left(), read(node["rexpr"])], "boolean", "operands");
    }
    case "AEXPR_OP":
      return rows === undefined ? binary(operator, left(), read(node["rexpr"])) : ofRows(operator, rows, read, binary);
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return binary(operator, left(), read(node["rexpr"]));
    default:
      return plain(reader, "A_Expr", node, scope);
  }
}

type Rows = readonly (readonly [left: Value, right: Value])[];
type Read = (value: Value | undefined) => Term;
type Binary = (name: string, one: Term, other: Term) => Term;

/** The columns of two rows, pair by pair; undefined for anything else. */
function rowsCompared(one: Value | undefined, other: Value | undefined): Rows | undefined {
  const [[tag, left], [otherTag, right]] = [tagged(one), tagged(other)];
  if (tag !== "RowExpr" || otherTag !== "RowExpr") return undefined;
  const [these, those] = [nodes(left["args"]), nodes(right["args"])];
  if (these.length < 2 || these.length !== those.length) return undefined;
  return these.map((column, index) => [column, those[index]!] as const);
}

/** `(a, b) = (c, d)` becomes `a = c AND b = d`; what has an order stays a comparison of rows. */
function ofRows(operator: string, rows: Rows, read: Read, binary: Binary): Term {
  const head = operator === "=" ? "AND_EXPR" : operator === "<>" ? "OR_EXPR" : `row ${operator}`;
  return group(
    head,
    rows.map(([left, right]) => binary(operator, read(left), read(right))),
    "boolean",
  );
}

/** What holds no column becomes one array, if it is more than one; each of the rest, and each row, is compared by itself. */
function inList(operator: string, node: Fields, read: Read, binary: Binary): Term {
  const items = nodes(fields(fields(node["rexpr"])["List"])["items"]);
  const junctionOf = (terms: readonly Term[]): Term =>
    terms.length === 1 ? terms[0]! : group(operator === "=" ? "OR_EXPR" : "AND_EXPR", terms, "boolean");
  const rows = items.flatMap((item) => {
    const compared = rowsCompared(node["lexpr"], item);
    return compared === undefined ? [] : [ofRows(operator, compared, read, binary)];
  });
  if (rows.length > 0) return junctionOf(rows);
  const subject = read(node["lexpr"]);
  const values = items.map(read);
  const holds = items.map((item) => holdsColumn(item));
  const fixed = values.filter((_, index) => !holds[index]);
  const head = operator === "=" ? "any =" : "all <>";
  const array = fixed.length > 1 ? [group(`in ${head}`, [subject, ...fixed], "boolean")] : [];
  const rest = values.filter((_, index) => holds[index] || fixed.length <= 1);
  return junctionOf([...array, ...rest.map((value) => binary(operator, subject, value))]);
}

function holdsColumn(value: Value): boolean {
  let found = false;
  walkTree(value, undefined, (tag) => {
    found ||= tag === "ColumnRef";
  });
  return found;
}

/** COALESCE and its like: the type that all its arguments are brought to. */
function common(head: string, parts: readonly Term[]): Term {
  return group(head, parts, widestOf(parts.map(typeOfTerm)), "alike");
}

function arrayOf(parts: readonly Term[]): Term {
  const element = parts.map(typeOfTerm).find((type) => type !== undefined);
  return group("array", parts, element && `${bareType(element)}[]`);
}

function caseOf(node: Fields, read: (value: Value | undefined) => Term): Term {
  const whens = nodes(node["args"]).map((each) => {
    const when = fields(each["CaseWhen"]);
    return [read(when["expr"]), read(when["result"])] as const;
  });
  // Without ELSE the server prints ELSE NULL::type.
  const otherwise: Term =
    node["defresult"] === undefined
      ? { is: "constant", form: "null", value: "", type: undefined }
      : read(node["defresult"]);
  const type = widestOf([...whens.map(([, result]) => result), otherwise].map(typeOfTerm));
  return group(
    "case",
    [node["arg"] === undefined ? nothing : read(node["arg"]), ...whens.flat(), otherwise],
    type,
    "alike",
  );
}

function sublinkOf(reader: Reader, node: Fields, scope: Scope): Term {
  const kind = String(node["subLinkType"]);
  const operator = strings(node["operName"]).at(-1) ?? "=";
  const subject = readExpression(reader, node["testexpr"], scope);
  const query = readQuery(reader, fields(fields(node["subselect"])["SelectStmt"]), scope, false);
  const of = kind === "EXPR_SUBLINK" ? query.outputs?.[0]?.type : kind === "ARRAY_SUBLINK" ? undefined : "boolean";
  const names = kind === "ANY_SUBLINK" || kind === "ALL_SUBLINK" ? ` ${operator}` : "";
  return group(`${kind}${names}`, [subject, query.term], of, "operands");
}

function callOf(reader: Reader, node: Fields, scope: Scope): Term {
  const name = nameOf(node["funcname"]);
  let args = nodes(node["args"]).map((arg) => readExpression(reader, arg, scope));
  let variadic = node["func_variadic"] === true;
  const last = args.at(-1);
  // What is given to VARIADIC one by one is printed as an array.
  if (variadic && last?.is === "group" && last.head === "array") {
    args = [...args.slice(0, -1), ...last.parts];
    variadic = false;
  }
  if (relationFunctions.has(name.name))
    args = args.map((arg, index) => (index === 0 ? relationNamed(reader, arg) : arg));
  const { funcname: _, args: __, funcformat: ___, func_variadic: ____, ...rest } = node;
  const modifiers = Object.keys(rest).some((field) => !/location/.test(field))
    ? [plain(reader, "modifiers", rest, scope)]
    : [];
  const type = reader.called(name, args.length)?.returns ?? resultOf(name.name) ?? sameAsArgument(name.name, args);
  return group(
    `call${variadic ? " variadic" : ""} ${formOfCall(node)}`,
    [reader.routine(name, args.length), ...args, ...modifiers],
    type,
    textFunctions.has(name.name) ? "texts" : "not",
  );
}

function sameAsArgument(name: string, args: readonly Term[]): string | undefined {
  if (name === "sum") return sumOf(args[0] && typeOfTerm(args[0]));
  const type = args.at(name === "date_trunc" ? 1 : 0);
  if (
    type === undefined ||
    !/^(?:max|min|abs|date_trunc|array_append|array_remove|unnest|round|floor|ceil)$/.test(name)
  )
    return undefined;
  return typeOfTerm(type);
}

const relationFunctions: ReadonlySet<string> = new Set(["nextval", "currval", "setval"]);

/** 'people_id_seq' and 'public.people_id_seq'::regclass alike. */
function relationNamed(reader: Reader, term: Term): Term {
  if (term.is !== "constant" || term.form !== "string" || (term.type ?? "regclass") !== "regclass") return term;
  const names = [...term.value.matchAll(/"((?:[^"]|"")*)"|([^."\s]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!.toLowerCase(),
  );
  return reader.relation({ schemaname: names.at(-2), relname: names.at(-1) ?? "" });
}
