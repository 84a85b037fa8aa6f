// Owns how a query becomes a term.
import { type Fields, type Node, nodes } from "../grammar.ts";
import { expressionName } from "../fold/column-name.ts";
import { nameOf } from "../fold/names.ts";
import { fields, items, strings, tagged, text } from "../fold/tree.ts";
import { plain, readExpression, sortOf } from "./expressions.ts";
import type { Reader } from "./reader.ts";
import { type Entry, type Output, type Query, type Scope, type Visible, visibleOf, entryNamed } from "./scope.ts";
import { group, nothing, type Term, typeOfTerm } from "./term.ts";

export interface Read {
  readonly term: Term;
  /** The columns that it gives; undefined where they cannot be told. */
  readonly outputs: readonly Output[] | undefined;
}

/**
 * `named`: whether the names of its columns count. `star`: the columns that `*` meant when the query was made; columns that
 * came later are none of a view's.
 */
export function readQuery(
  reader: Reader,
  node: Fields,
  outer: Scope | undefined,
  named: boolean,
  star?: ReadonlySet<string>,
): Read {
  const { queries, term: ctes } = readWith(reader, fields(node["withClause"]), outer);
  const scope: Scope = { entries: [], visible: [], queries, outer };
  if (node["op"] !== undefined && node["op"] !== "SETOP_NONE") {
    const left = readQuery(reader, fields(node["larg"]), scope, named, star);
    const right = readQuery(reader, fields(node["rarg"]), scope, false, star);
    const sorts = nodes(node["sortClause"]).map((each) =>
      sortOf(reader, fields(each["SortBy"]), scope, (key) => place(key, left.outputs)),
    );
    const head = `set ${String(node["op"])} ${node["all"] === true}`;
    const term = group(head, [ctes, left.term, right.term, group("sort", sorts), ...tail(reader, node, scope)]);
    return { term, outputs: left.outputs };
  }
  if (node["valuesLists"] !== undefined) {
    const rows = nodes(node["valuesLists"]).map((row) =>
      group(
        "row",
        nodes(fields(row["List"])["items"]).map((each) => readExpression(reader, each, scope)),
      ),
    );
    const first = rows[0]?.parts ?? [];
    const outputs = first.map((part, index) => ({ name: `column${index + 1}`, type: typeOfTerm(part) }));
    return { term: group("values", rows), outputs };
  }
  return readSelect(reader, node, { ctes, queries, outer, named, star });
}

interface Around {
  readonly ctes: Term;
  readonly queries: ReadonlyMap<string, Query>;
  readonly outer: Scope | undefined;
  readonly named: boolean;
  readonly star: ReadonlySet<string> | undefined;
}

function readSelect(reader: Reader, node: Fields, { ctes, queries, outer, named, star }: Around): Read {
  let scope: Scope = { entries: [], visible: [], queries, outer };
  const froms: Term[] = [];
  for (const from of nodes(node["fromClause"])) {
    const read = readFrom(reader, from, scope);
    scope = { ...scope, entries: [...scope.entries, ...read.entries], visible: [...scope.visible, ...read.visible] };
    froms.push(read.term);
  }
  const targets: { readonly name: string; readonly term: Term }[] = [];
  let complete = true;
  for (const each of nodes(node["targetList"])) {
    const target = fields(each["ResTarget"]);
    const stars = starOf(fields(target["val"]), scope);
    if (stars === undefined) {
      targets.push({ name: nameOfTarget(target), term: readExpression(reader, target["val"], scope) });
      continue;
    }
    for (const { entry, column } of stars) {
      if (column === undefined) complete = false;
      else if (star?.has(column.name) !== false) targets.push({ name: column.name, term: columnTerm(entry, column) });
    }
  }
  const outputs = targets.map(({ name, term }) => ({ name, type: typeOfTerm(term) }));
  const find = (key: Node, columnsFirst: boolean): Term => {
    const [tag, inner] = tagged(key);
    if (tag === "A_Const" && inner["ival"] !== undefined) {
      return targets[Number(fields(inner["ival"])["ival"] ?? 0) - 1]?.term ?? nothing;
    }
    const [name, more] = tag === "ColumnRef" ? strings(inner["fields"]) : [];
    const target = name !== undefined && more === undefined ? targets.find((each) => each.name === name) : undefined;
    const isColumn = columnsFirst && scope.visible.some(({ column }) => column?.name === name);
    return target !== undefined && !isColumn ? target.term : readExpression(reader, key, scope);
  };
  const distinct = nodes(node["distinctClause"]);
  const parts = [
    ctes,
    group("from", froms),
    group(
      "targets",
      targets.map(({ name, term }) => (named ? group(`as ${name}`, [term]) : term)),
    ),
    readExpression(reader, node["whereClause"], scope),
    node["distinctClause"] === undefined
      ? nothing
      : group(
          "distinct",
          distinct.filter((each) => Object.keys(each).length > 0).map((each) => find(each, false)),
        ),
    group(
      "group",
      nodes(node["groupClause"]).map((each) => find(each, true)),
    ),
    readExpression(reader, node["havingClause"], scope),
    group(
      "window",
      nodes(node["windowClause"]).map((each) => readExpression(reader, each, scope)),
    ),
    group(
      "sort",
      nodes(node["sortClause"]).map((each) => sortOf(reader, fields(each["SortBy"]), scope, (key) => find(key, false))),
    ),
    ...tail(reader, node, scope),
  ];
  return { term: group("select", parts), outputs: complete ? outputs : undefined };
}

/** LIMIT, OFFSET, FOR UPDATE. */
function tail(reader: Reader, node: Fields, scope: Scope): readonly Term[] {
  return [
    readExpression(reader, node["limitCount"], scope),
    readExpression(reader, node["limitOffset"], scope),
    group(node["limitOption"] === "LIMIT_OPTION_WITH_TIES" ? "ties" : "no ties", []),
    group(
      "locking",
      nodes(node["lockingClause"]).map((each) => readExpression(reader, each, scope)),
    ),
  ];
}

/** A key by which the result of a UNION is sorted: a name of its columns, or the place of one. */
function place(key: Node, outputs: readonly Output[] | undefined): Term {
  const [tag, inner] = tagged(key);
  const [name] = tag === "ColumnRef" ? strings(inner["fields"]) : [];
  const at =
    tag === "A_Const"
      ? Number(fields(inner["ival"])["ival"] ?? 0)
      : (outputs?.findIndex((each) => each.name === name) ?? -1) + 1;
  return group(`column ${at > 0 ? at : (name ?? "")}`, []);
}

/** The columns of `*` or `item.*`; undefined for anything else. */
function starOf(node: Fields, scope: Scope): readonly Visible[] | undefined {
  const names = nodes(fields(node["ColumnRef"])["fields"]);
  if (names.at(-1)?.["A_Star"] === undefined) return undefined;
  const named = strings(names);
  if (named.length === 0) return scope.visible;
  const entry = entryNamed(scope, named);
  return entry === undefined ? undefined : visibleOf(entry);
}

function columnTerm({ id, columns, placed }: Entry, { name, type }: Output): Term {
  const at = columns!.findIndex((column) => column.name === name);
  return { is: "column", of: id, name: placed ? String(at + 1) : name, type };
}

function readWith(
  reader: Reader,
  node: Fields,
  outer: Scope | undefined,
): { readonly queries: ReadonlyMap<string, Query>; readonly term: Term } {
  const queries = new Map<string, Query>(outer?.queries);
  const terms: Term[] = [];
  for (const each of nodes(node["ctes"])) {
    const cte = fields(each["CommonTableExpr"]);
    const name = text(cte["ctename"]) ?? "";
    const aliases = strings(cte["aliascolnames"]);
    const id = reader.next();
    const [tag, query] = tagged(cte["ctequery"]);
    const first = firstArm(query);
    if (node["recursive"] === true) {
      const names = namesOf(first);
      queries.set(name, {
        id,
        columns: renamed(
          names.map((name) => ({ name, type: undefined })),
          aliases,
        ),
      });
    }
    const scope: Scope = { entries: [], visible: [], queries: new Map(queries), outer };
    if (tag !== "SelectStmt") {
      terms.push(plain(reader, tag, query, scope));
      queries.set(name, { id, columns: undefined });
      continue;
    }
    const read = readQuery(reader, query, scope, true);
    queries.set(name, { id, columns: renamed(read.outputs, aliases) });
    terms.push(group(`with ${String(cte["ctematerialized"])}`, [read.term]));
  }
  return { queries, term: group("with", terms) };
}

function namesOf(query: Fields): readonly string[] {
  const [row] = nodes(query["valuesLists"]);
  if (row !== undefined) return items(row).map((_, index) => `column${index + 1}`);
  return nodes(query["targetList"]).map(({ ResTarget: target }) => nameOfTarget(fields(target)));
}

function nameOfTarget(target: Fields): string {
  return text(target["name"]) ?? expressionName(target["val"]) ?? "?column?";
}

function firstArm(query: Fields): Fields {
  let arm = query;
  while (arm["larg"] !== undefined) arm = fields(arm["larg"]);
  return arm;
}

function renamed(outputs: readonly Output[] | undefined, names: readonly string[]): readonly Output[] | undefined {
  return outputs?.map((output, index) => ({ ...output, name: names[index] ?? output.name }));
}

interface From {
  readonly term: Term;
  readonly entries: readonly Entry[];
  readonly visible: readonly Visible[];
}

function readFrom(reader: Reader, node: Node, scope: Scope): From {
  const [tag, inner] = tagged(node);
  const alias = fields(inner["alias"]);
  const named = text(alias["aliasname"]);
  const names = strings(alias["colnames"]);
  const item = (
    head: string,
    parts: readonly Term[],
    columns: readonly Output[] | undefined,
    as = "",
    id = reader.next(),
  ): From => {
    const entry: Entry = { id, alias: named ?? as, columns: renamed(columns, names) };
    return { term: group(head, parts), entries: [entry], visible: visibleOf(entry) };
  };
  switch (tag) {
    case "RangeVar": {
      const name = text(inner["relname"]) ?? "";
      const query = inner["schemaname"] === undefined ? queryNamed(scope, name) : undefined;
      if (query !== undefined) return item(`query ${query.id}`, [], query.columns, name);
      const relation = reader.relation(inner);
      const found = item(`relation ${inner["inh"] === true}`, [relation], reader.columns(inner), name);
      if (named !== undefined) return found;
      const entries = found.entries.map((entry) => ({ ...entry, schemas: relation.schemas }));
      return { ...found, entries };
    }
    case "RangeSubselect": {
      const read = readQuery(reader, fields(fields(inner["subquery"])["SelectStmt"]), scope, true);
      return item("subselect", [read.term], read.outputs);
    }
    case "RangeFunction":
      return functionItem(reader, inner, scope, named, names);
    case "JoinExpr":
      return joinOf(reader, inner, scope);
    default:
      return item(`node ${tag}`, [plain(reader, tag, inner, scope)], undefined);
  }
}

function queryNamed(scope: Scope, name: string): Query | undefined {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    const query = level.queries.get(name);
    if (query !== undefined) return query;
  }
  return undefined;
}

function functionItem(
  reader: Reader,
  node: Fields,
  scope: Scope,
  named: string | undefined,
  names: readonly string[],
): From {
  const calls = nodes(node["functions"]).map((each) => nodes(fields(each["List"])["items"])[0]!);
  const terms = calls.map((call) => readExpression(reader, call, scope));
  const call = fields(calls[0]?.["FuncCall"]);
  const name = nameOf(call["funcname"]);
  const known = calls.length === 1 ? reader.rows(name, nodes(call["args"]).length) : undefined;
  const alias = named ?? name.name;
  // A plain value has the name of the item.
  const own = known?.map((column) => (column.name === "" ? { ...column, name: alias } : column));
  const counted = node["ordinality"] === true ? own && [...own, { name: "ordinality", type: "bigint" }] : own;
  const definition = items(node["coldeflist"]);
  const defined = definition.map((each) => ({
    name: text(fields(each["ColumnDef"])["colname"]) ?? "",
    type: reader.type(fields(fields(each["ColumnDef"])["typeName"])),
  }));
  const listed = names.map((each) => ({ name: each, type: undefined }));
  const columns = defined.length > 0 ? defined : (renamed(counted, names) ?? (listed.length > 0 ? listed : undefined));
  const entry: Entry = { id: reader.next(), alias, columns, placed: true };
  const types = defined.map(({ name, type }) => group(`column ${name} ${type}`, []));
  const head = `function ${node["ordinality"] === true}`;
  return { term: group(head, [...terms, ...types]), entries: [entry], visible: visibleOf(entry) };
}

function joinOf(reader: Reader, node: Fields, scope: Scope): From {
  const left = readFrom(reader, fields(node["larg"]) as Node, scope);
  const beside: Scope = {
    ...scope,
    entries: [...scope.entries, ...left.entries],
    visible: [...scope.visible, ...left.visible],
  };
  const right = readFrom(reader, fields(node["rarg"]) as Node, beside);
  const entries = [...left.entries, ...right.entries];
  const using = node["isNatural"] === true ? sharedNames(left, right) : strings(node["usingClause"]);
  const isJoined = ({ column }: Visible): boolean => column !== undefined && using.includes(column.name);
  const first = using.flatMap((name) => left.visible.find(({ column }) => column?.name === name) ?? []);
  const visible = [
    ...first,
    ...left.visible.filter((each) => !isJoined(each)),
    ...right.visible.filter((each) => !isJoined(each)),
  ];
  const quals = readExpression(reader, node["quals"], {
    ...scope,
    entries: [...scope.entries, ...entries],
    visible: [...scope.visible, ...visible],
  });
  const head = `join ${String(node["jointype"])} ${using.join(" ")}`;
  return { term: group(head, [left.term, right.term, quals]), entries, visible };
}

function sharedNames(left: From, right: From): readonly string[] {
  const names = left.visible.flatMap(({ column }) => column?.name ?? []);
  return names.filter((name) => right.visible.some(({ column }) => column?.name === name));
}
