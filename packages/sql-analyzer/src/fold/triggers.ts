// Owns triggers, event triggers and rules.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyAlone, keyIn, routineKey } from "../catalog/keys.ts";
import type { Enabled } from "../catalog/relations.ts";
import { nodes, type Value } from "../grammar.ts";
import { extensionOfTriggerFunction, ownTriggerFunctions } from "./known-extensions.ts";
import { joinColumns, statisticsName } from "./generated-names.ts";
import { findObject, findTable, nameOf } from "./names.ts";
import { descendantsOf } from "./partitions.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields, items, scalar, strings, text } from "./tree.ts";
import { usesOf } from "./uses.ts";

// Bits of pg_trigger.tgtype
const bits = { before: 2, insert: 4, delete: 8, update: 16, truncate: 32, instead: 64 };

export const foldCreateTrigger: Fold = (scene, node) => {
  const table = findTable(scene, node["relation"]);
  if (table === undefined) return;
  const name = text(node["trigname"]) ?? "";
  const timing = Number(node["timing"] ?? 0);
  const events = Number(node["events"] ?? 0);
  const { cutter } = scene;
  const when = node["whenClause"] === undefined ? -1 : cutter.find("when");
  const transitions = nodes(node["transitionRels"]).map((each) => fields(each["TriggerTransition"]));
  const transition = (isNew: boolean) => text(transitions.find((each) => (each["isNew"] === true) === isNew)?.["name"]);
  const columns = strings(node["columns"]);
  const args = strings(node["args"]);
  const key = keyIn(table, "trigger", name);
  const called = triggerFunction(scene, node["funcname"]);
  const deferred = node["initdeferred"] === true;
  scene.add(
    "trigger",
    {
      key,
      name,
      parent: table,
      comment: node["replace"] === true ? scene.catalog.get(key)?.comment : undefined,
      uses: usesOf(scene, node["whenClause"], table),
      certainty: called.known ? undefined : "assumed",
    },
    {
      timing: (timing & bits.before) !== 0 ? "before" : (timing & bits.instead) !== 0 ? "instead of" : "after",
      events: (["insert", "delete", "update", "truncate"] as const).filter((event) => (events & bits[event]) !== 0),
      columns: columns.length > 0 ? columns : undefined,
      forEach: node["row"] === true ? "row" : "statement",
      when: when < 0 ? undefined : scene.sql(cutter.inside(when)),
      function: called.key,
      arguments: args.length > 0 ? args : undefined,
      oldTable: transition(false),
      newTable: transition(true),
      constraint: node["isconstraint"] === true,
      deferrable: node["deferrable"] === true || deferred,
      initiallyDeferred: deferred,
      references: node["constrrel"] === undefined ? undefined : findTable(scene, node["constrrel"]),
    },
  );
};

/**
 * ENABLE and DISABLE TRIGGER, of one or of all. A partition has the triggers for each row of its table; one of those is a
 * fact of its own while it does not fire as there.
 */
export function enableTriggers(scene: Scene, table: Key, name: string | undefined, enabled: Enabled | undefined): void {
  const copied = new Map(triggersAbove(scene, table).map((trigger) => [trigger.name, trigger]));
  const own = scene.catalog.children(table, "trigger").map((trigger) => trigger.name);
  for (const each of name === undefined ? new Set([...own, ...copied.keys()]) : [name]) {
    const key = keyIn(table, "trigger", each);
    const whole = copied.get(each);
    for (const copy of copiesOf(scene, whole ?? scene.catalog.as(key, "trigger"), table)) scene.catalog.remove(copy);
    if (whole === undefined) scene.change(key, { enabled });
    else if (whole.enabled === enabled) scene.catalog.remove(key);
    else {
      const { enabled: _, comment: __, ...rest } = whole;
      scene.catalog.put({ ...rest, key, parent: table, ...(enabled !== undefined && { enabled }) });
    }
  }
}

/** The copies of a table's trigger in its partitions that are facts, for they do not fire as it does. */
export function copiesOf(scene: Scene, trigger: Fact<"trigger"> | undefined, table: Key): readonly Key[] {
  if (trigger?.forEach !== "row") return [];
  const partitions = descendantsOf(scene, table).filter((key) => scene.catalog.as(key, "table")?.bound !== undefined);
  return partitions.map((key) => keyIn(key, "trigger", trigger.name)).filter((key) => scene.catalog.has(key));
}

/** The triggers that a partition has a copy of, as they are where it has them from. */
function triggersAbove(scene: Scene, table: Key): readonly Fact<"trigger">[] {
  const { bound, inherits: [parent] = [] } = scene.catalog.as(table, "table") ?? {};
  if (bound === undefined || parent === undefined) return [];
  const there = scene.catalog.children(parent, "trigger").filter(({ forEach }) => forEach === "row");
  return [...triggersAbove(scene, parent), ...there];
}

function triggerFunction(scene: Scene, funcname: Value | undefined): { readonly key: Key; readonly known: boolean } {
  const { schema, name } = nameOf(funcname);
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const key = routineKey("function", candidate, name, []);
    if (scene.catalog.has(key)) return { key, known: true };
  }
  if (ownTriggerFunctions.has(name) && schema === undefined) {
    return { key: routineKey("function", "pg_catalog", name, []), known: true };
  }
  const extension = extensionOfTriggerFunction(name);
  const home = extension && scene.catalog.as(keyAlone("extension", extension), "extension")?.schema;
  if (home !== undefined && (schema ?? home) === home)
    return { key: routineKey("function", home, name, []), known: true };
  return { key: routineKey("function", schema ?? scene.home, name, []), known: false };
}

export const foldCreateEventTrigger: Fold = (scene, node) => {
  const name = text(node["trigname"]) ?? "";
  const called = triggerFunction(scene, node["funcname"]);
  const tags = nodes(node["whenclause"]).flatMap((each) => strings(items(fields(each["DefElem"])["arg"])));
  scene.add(
    "event trigger",
    { key: keyAlone("event trigger", name), name, owner: scene.role, certainty: called.known ? undefined : "assumed" },
    {
      event: text(node["eventname"]) ?? "",
      function: called.key,
      tags: tags.length > 0 ? tags.map((tag) => tag.toUpperCase()) : undefined,
    },
  );
};

export const foldAlterEventTrigger: Fold = (scene, node) => {
  scene.change(keyAlone("event trigger", text(node["trigname"]) ?? ""), {
    enabled: enabledOf[String(node["tgenabled"])],
  });
};

const enabledOf: { readonly [letter: string]: Enabled | undefined } = { D: "disabled", R: "replica", A: "always" };

export const foldCreateRule: Fold = (scene, node) => {
  const table = findTable(scene, node["relation"]);
  if (table === undefined) return;
  const name = text(node["rulename"]) ?? "";
  const uses = [...usesOf(scene, node["actions"], table), ...usesOf(scene, node["whereClause"], table)];
  scene.add(
    "rule",
    { key: keyIn(table, "rule", name), name, parent: table, uses: [...new Set(uses)].sort() },
    {
      event: ruleEvents[String(node["event"])] ?? "select",
      instead: node["instead"] === true,
      rule: scene.sql(scene.cutter.text),
    },
  );
};

const ruleEvents: { readonly [event: string]: Fact<"rule">["event"] | undefined } = {
  CMD_SELECT: "select",
  CMD_INSERT: "insert",
  CMD_UPDATE: "update",
  CMD_DELETE: "delete",
};

/** CREATE STATISTICS. */
export const foldAlterStatistics: Fold = (scene, node) => {
  const key = findObject(scene, "OBJECT_STATISTIC_EXT", { List: { items: node["defnames"] ?? [] } });
  const target = scalar(node["stxstattarget"]);
  scene.change(key, { target: target === undefined || Number(target) < 0 ? undefined : Number(target) });
};

export const foldCreateStatistics: Fold = (scene, node) => {
  const [relation] = nodes(node["relations"]);
  const table = findTable(scene, fields(relation?.["RangeVar"]));
  const fact = scene.catalog.get(table);
  if (table === undefined || fact?.parent === undefined) return;
  const { schema, name: said } = nameOf(node["defnames"]);
  const unnamed = nodes(node["defnames"]).length === 0;
  const parent = unnamed ? fact.parent : keyAlone("schema", schema ?? scene.home);
  const parts = nodes(node["exprs"]).map((each) => fields(each["StatsElem"]));
  const joined = joinColumns(parts.map((part) => text(part["name"]) ?? "expr"));
  const name = unnamed ? statisticsName(scene, parent, [fact.name, joined, "stat"]) : said;
  const key = keyIn(parent, "statistics", name);
  if (node["if_not_exists"] === true && scene.catalog.has(key)) return;
  const columns = parts.flatMap((part) => text(part["name"]) ?? []);
  const { cutter } = scene;
  const from = cutter.find("on") + 1;
  const pieces = cutter.list(from, cutter.find("from", from));
  const expressions = parts.flatMap((part, index) =>
    part["expr"] === undefined ? [] : [scene.sql(cutter.slice(...(pieces[index] ?? [0, 0])))],
  );
  const kinds = [...strings(node["stat_types"])].sort() as Fact<"statistics">["kinds"] & string[];
  const all = ["dependencies", "mcv", "ndistinct"] as const;
  scene.add(
    "statistics",
    { key, name, parent, owner: scene.role },
    {
      table,
      kinds: parts.length === 1 ? undefined : kinds.length > 0 ? kinds : all,
      columns: columns.length > 0 ? columns : undefined,
      expressions: expressions.length > 0 ? expressions : undefined,
    },
  );
};
