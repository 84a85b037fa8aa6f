// Owns CREATE and ALTER FUNCTION and PROCEDURE.
import type { Fact, SqlText } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Argument } from "../catalog/routines-and-types.ts";
import { type Key, routineKey } from "../catalog/keys.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { findRoutine, homeOf, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, fields, items, optionText, strings, text } from "./tree.ts";
import { settingValue } from "./settings.ts";
import { schemaName } from "./tables.ts";
import { typeOf } from "./type-names.ts";
import { usesOf } from "./uses.ts";

export const foldCreateFunction: Fold = (scene, node) => {
  const kind = node["is_procedure"] === true ? "procedure" : "function";
  const name = nameOf(node["funcname"]);
  const home = homeOf(scene, name);
  const schema = schemaName(home);
  const parameters = nodes(node["parameters"]).map((each) => fields(each["FunctionParameter"]));
  const { list, known, uses } = readArguments(scene, parameters);
  const inputs = list.filter(({ mode }) => mode !== "out" && mode !== "table").map(({ type }) => type);
  const key = routineKey(kind, schema, name.name, inputs);
  const before = scene.catalog.as(key, kind);
  const options = elements(node["options"]);
  const returned = fields(node["returnType"]);
  const result = node["returnType"] === undefined ? undefined : typeOf(scene, returned, false);
  const table = list.some(({ mode }) => mode === "table");
  const bodyUses = usesOf(scene, node["sql_body"]);
  const owner = before?.owner ?? scene.role;
  const settings = setStatements(node["options"]);
  // Owner, grants and comment are those of the one that it replaces, which may not be known.
  const certain =
    known && result?.known !== false && settings.every(isKnownSetting) && before?.certainty !== "tainted"
      ? undefined
      : "assumed";
  scene.add(
    kind,
    {
      key,
      name: name.name,
      parent: home,
      owner,
      grants: before === undefined ? grantsOfNew(scene, kind, owner, schema) : before.grants,
      comment: before?.comment,
      uses: [...new Set([...uses, ...bodyUses])].sort(),
      certainty: certain,
    },
    {
      arguments: list,
      returns: kind === "procedure" ? undefined : (rowType(list) ?? result?.type),
      returnsSet: table || returned["setof"] === true,
      ...bodyOf(scene, node, options),
      ...attributes(scene, options, undefined),
      settings: settingsAfter(scene, undefined, settings),
    },
  );
};

// Several OUT or TABLE columns are a record, one is its type.
function rowType(list: readonly Argument[]): string | undefined {
  const out = list.filter(({ mode }) => mode === "out" || mode === "inout" || mode === "table");
  return out.length === 0 ? undefined : out.length === 1 ? out[0]!.type : "record";
}

const modes: { readonly [mode: string]: Argument["mode"] } = {
  FUNC_PARAM_OUT: "out",
  FUNC_PARAM_INOUT: "inout",
  FUNC_PARAM_VARIADIC: "variadic",
  FUNC_PARAM_TABLE: "table",
};

/** The arguments of a routine, whether their types are known, and what their defaults stand on. */
export function readArguments(
  scene: Scene,
  parameters: readonly Fields[],
): { readonly list: readonly Argument[]; readonly known: boolean; readonly uses: readonly Key[] } {
  let known = true;
  const uses: Key[] = [];
  const list = parameters.map((parameter): Argument => {
    const type = typeOf(scene, fields(parameter["argType"]), false);
    known &&= type.known;
    const name = text(parameter["name"]);
    const mode = modes[String(parameter["mode"])];
    uses.push(...usesOf(scene, parameter["defexpr"]));
    const written = parameter["defexpr"] === undefined ? undefined : argumentDefault(scene, parameter);
    return {
      ...(name !== undefined && { name }),
      type: type.type,
      ...(mode !== undefined && { mode }),
      ...(written !== undefined && { default: written }),
    };
  });
  return { list, known, uses };
}

function argumentDefault(scene: Scene, parameter: Fields): SqlText {
  const { cutter } = scene;
  const from = cutter.at(Number(parameter["location"] ?? 0));
  const to = cutter.stretch(from);
  const depth = cutter.tokens[from]?.depth ?? 0;
  let at = cutter.find("default", from, depth, to);
  if (at < 0) at = cutter.find("=", from, depth, to);
  return scene.sql(cutter.slice(at + 1, to));
}

function bodyOf(scene: Scene, node: Fields, options: ReadonlyMap<string, Fields>) {
  const sql = node["sql_body"] !== undefined;
  const language = optionText(options.get("language"))?.toLowerCase() ?? "sql";
  const as = strings(items(options.get("as")?.["arg"]));
  const compiled = language === "c";
  return {
    language,
    body: sql ? undefined : compiled ? (as[1] ?? as[0]) : as[0],
    library: compiled ? as[0] : undefined,
    sqlBody: sql ? scene.sql(sqlBodyText(scene)) : undefined,
  };
}

function sqlBodyText(scene: Scene): string {
  const { cutter } = scene;
  const { tokens } = cutter;
  const atomic = tokens.findIndex(({ word }, index) => word === "begin" && tokens[index + 1]?.word === "atomic");
  return cutter.slice(atomic >= 0 ? atomic : cutter.find("return"), tokens.length);
}

// What the options say; of those that they do not say, what was before.
function attributes(scene: Scene, options: ReadonlyMap<string, Fields>, before: Fact<"function"> | undefined) {
  const said = (name: string) => optionText(options.get(name))?.toLowerCase();
  const flag = (name: string, was: true | undefined): true | undefined =>
    options.has(name) ? (said(name) === "true" ? true : undefined) : was;
  const volatility = said("volatility") ?? before?.volatility;
  const parallel = said("parallel") ?? before?.parallel;
  const cost = options.has("cost") ? Number(said("cost")) : before?.cost;
  const rows = options.has("rows") ? Number(said("rows")) : before?.rows;
  const language = before?.language ?? said("language") ?? "sql";
  const support = strings(items(options.get("support")?.["arg"]));
  const transforms = items(options.get("transform")?.["arg"]).map(
    (each) => typeOf(scene, fields(each["TypeName"]), false).type,
  );
  return {
    window: flag("window", before?.window),
    volatility: volatility === "immutable" || volatility === "stable" ? volatility : undefined,
    strict: flag("strict", before?.strict),
    securityDefiner: flag("security", before?.securityDefiner),
    leakproof: flag("leakproof", before?.leakproof),
    parallel: parallel === "safe" || parallel === "restricted" ? parallel : undefined,
    cost: cost === (language === "c" || language === "internal" ? 1 : 100) ? undefined : cost,
    rows: rows === 1000 ? undefined : rows,
    support: support.length > 0 ? support.join(".") : before?.support,
    transforms: transforms.length > 0 ? transforms : before?.transforms,
  } as const;
}

/** Settings after SET and RESET, as pg_proc and pg_db_role_setting keep them. */
export function settingsAfter(
  scene: Scene,
  before: Readonly<Record<string, string>> | undefined,
  statements: readonly Fields[],
): Readonly<Record<string, string>> | undefined {
  let settings: Record<string, string> = { ...before };
  for (const statement of statements) {
    const said = text(statement["name"]) ?? "";
    const name = capitals[said] ?? said;
    if (statement["kind"] === "VAR_RESET_ALL") settings = {};
    else if (statement["kind"] === "VAR_RESET" || statement["kind"] === "VAR_SET_DEFAULT") delete settings[name];
    else
      settings[name] = isCurrent(statement) ? scene.setting.map(quoteIdentifier).join(", ") : settingValue(statement);
  }
  return Object.keys(settings).length > 0 ? settings : undefined;
}

// Of what is set, SET … FROM CURRENT, the fold follows search_path alone.
function isKnownSetting(statement: Fields): boolean {
  return !isCurrent(statement) || text(statement["name"]) === "search_path";
}

function isCurrent(statement: Fields): boolean {
  return statement["kind"] === "VAR_SET_CURRENT";
}

// Settings whose names have capitals of their own, however they are written.
const capitals: { readonly [name: string]: string | undefined } = {
  datestyle: "DateStyle",
  intervalstyle: "IntervalStyle",
  timezone: "TimeZone",
};

export const foldAlterFunction: Fold = (scene, node) => {
  const key = findRoutine(scene, fields(node["func"]));
  const before = scene.catalog.get(key);
  if (key === undefined || before === undefined || (before.kind !== "function" && before.kind !== "procedure")) return;
  const actions = nodes(node["actions"]);
  scene.change(key, {
    ...attributes(scene, elements(actions), before as Fact<"function">),
    settings: settingsAfter(scene, before.settings, setStatements(actions)),
  });
};

function setStatements(options: Value | undefined): readonly Fields[] {
  return nodes(options)
    .map((each) => fields(each["DefElem"]))
    .filter((element) => element["defname"] === "set")
    .map((element) => fields(fields(element["arg"])["VariableSetStmt"]));
}
