// Owns columns: as CREATE TABLE and ADD COLUMN declare them, and ALTER COLUMN changes them.
import type { Fact, SqlText } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, keyAlone, keyIn, schemaOf } from "../catalog/keys.ts";
import { ownStorage } from "../catalog/storage.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import type { PendingConstraint } from "./constraints.ts";
import { optionsAfter } from "./foreign.ts";
import { relationName } from "./generated-names.ts";
import { renewIndexes } from "./index-names.ts";
import { findIn, nameOf } from "./names.ts";
import type { Scene } from "./scene.ts";
import { putSequence } from "./sequences.ts";
import { elements, fields, scalar, tagged, text } from "./tree.ts";
import { serialType, typeOf, withoutModifiers } from "./type-names.ts";
import { usesOf } from "./uses.ts";

/** Puts a column, with the sequence of a serial or identity one; gives the constraints that stand beside it. */
export function addColumn(scene: Scene, table: Key, def: Fields, position: number): readonly PendingConstraint[] {
  const name = text(def["colname"]) ?? "";
  const key = keyIn(table, "column", name);
  const typeName = fields(def["typeName"]);
  const serial = serialType(typeName);
  const { type, known } = serial === undefined ? typeOf(scene, typeName) : { type: serial, known: true };
  const said = columnConstraints(scene, def);
  const identity = said.find(({ node }) => node["contype"] === "CONSTR_IDENTITY")?.node;
  const sequenceType = serial ?? (identity && integerType(type));
  const sequence = sequenceType && nameOfSequence(scene, table, name, identity);
  if (sequence !== undefined) {
    const options = elements(identity?.["options"]);
    const owner = scene.catalog.get(table)?.owner;
    const unlogged = scene.catalog.as(table, "table")?.unlogged ?? false;
    putSequence(scene, sequence, options, {
      type: sequenceType!,
      owner,
      ownedBy: key,
      identity: identity !== undefined,
      unlogged,
    });
  }
  const uses: Key[] = [];
  const expression = (of: string): SqlText | undefined => {
    const found = said.find(({ node }) => node["contype"] === of);
    const tree = found?.node["raw_expr"];
    if (found === undefined) return undefined;
    // A default of NULL is none; to be generated as NULL is something.
    if (isNull(tree) && of === "CONSTR_DEFAULT") return nullOf(scene, type);
    uses.push(...usesOf(scene, tree, table));
    const { cutter } = scene;
    if (of === "CONSTR_GENERATED") return scene.sql(cutter.inside(found.at));
    const from = cutter.find("default", found.at, cutter.tokens[found.at]?.depth ?? 0) + 1;
    return scene.sql(cutter.slice(from, Math.min(cutter.stretch(from), nextStart(scene, def, found.at))));
  };
  const generated = expression("CONSTR_GENERATED");
  const virtual = said.some(({ node }) => node["contype"] === "CONSTR_GENERATED" && node["generated_kind"] === "v");
  const written = expression("CONSTR_DEFAULT");
  const nextval = serial && { sql: `nextval('${addressOf(sequence!)}'::regclass)` };
  if (serial !== undefined) uses.push(sequence!);
  scene.add(
    "column",
    { key, name, parent: table, uses: [...new Set(uses)].sort(), certainty: known ? undefined : "assumed" },
    {
      position,
      type,
      collation: collationOf(scene, fields(def["collClause"])["collname"]),
      notNull:
        serial !== undefined ||
        identity !== undefined ||
        said.some(({ node }) => node["contype"] === "CONSTR_NOTNULL" || node["contype"] === "CONSTR_PRIMARY"),
      default: nextval ?? written,
      identity: identity && (identity["generated_when"] === "a" ? "always" : "by default"),
      generated: generated && { as: generated, ...(virtual && { virtual }) },
      storage: storageOf(text(def["storage_name"]), type),
      compression: compressionOf(text(def["compression"])),
      options: def["fdwoptions"] === undefined ? undefined : optionsAfter(undefined, def["fdwoptions"]),
    },
  );
  return said
    .filter(({ node }) => keeps.has(String(node["contype"])))
    .map(({ node, at }) => ({ node, at, column: name }));
}

const keeps = new Set(["CONSTR_CHECK", "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN"]);

interface Said {
  readonly node: Fields;
  /** Its first token. */
  readonly at: number;
}

// DEFERRABLE and its like are nodes of their own, and belong to the constraint before them.
function columnConstraints(scene: Scene, def: Fields): readonly Said[] {
  const found: Said[] = [];
  for (const { Constraint: node } of nodes(def["constraints"])) {
    if (node === undefined) continue;
    const change = attributes[String(node["contype"])];
    const last = found.at(-1);
    if (change !== undefined && last !== undefined)
      found[found.length - 1] = { ...last, node: { ...last.node, ...change } };
    else found.push({ node, at: scene.cutter.at(Number(node["location"] ?? 0)) });
  }
  return found;
}

/** The first token of what stands behind a constraint of the column; infinite for the last one. */
function nextStart(scene: Scene, def: Fields, at: number): number {
  const places = nodes(def["constraints"]).map((each) => each["Constraint"]?.["location"]);
  const starts = [...places, fields(def["collClause"])["location"]].flatMap((place) =>
    typeof place === "number" ? [scene.cutter.at(place)] : [],
  );
  return Math.min(...starts.filter((start) => start > at), Infinity);
}

const attributes: { readonly [type: string]: Fields | undefined } = {
  CONSTR_ATTR_DEFERRABLE: { deferrable: true },
  CONSTR_ATTR_NOT_DEFERRABLE: {},
  CONSTR_ATTR_DEFERRED: { deferrable: true, initdeferred: true },
  CONSTR_ATTR_IMMEDIATE: {},
  CONSTR_ATTR_ENFORCED: {},
  CONSTR_ATTR_NOT_ENFORCED: { is_enforced: false },
};

/**
 * AddRelationNewConstraints in heap.c: a default of NULL is none, but where a length or precision has to be applied to it,
 * and where it stands against the default of a domain.
 */
export function nullOf(scene: Scene, type: string): SqlText | undefined {
  if (scene.catalog.has(`domain ${type}`)) return { sql: `NULL::${type}` };
  const bare = type.replace(/\([\d, -]+\)/, "");
  if (bare === type || bare.startsWith("interval") || bare.includes(".")) return undefined;
  const own = bare.replace(/^bit(?! )/, '"bit"').replace(/^character(?! varying)/, "bpchar");
  return { sql: `NULL::${own}` };
}

export function isNull(tree: Value | undefined): boolean {
  const [tag, node] = tagged(tree);
  return tag === "A_Const" && node["isnull"] === true;
}

function nameOfSequence(scene: Scene, table: Key, column: string, identity: Fields | undefined): Key {
  const fact = scene.catalog.get(table)!;
  const named = elements(identity?.["options"]).get("sequence_name");
  const schema = keyAlone("schema", schemaOf(fact)!);
  if (named !== undefined) return keyIn(schema, "sequence", nameOf(fields(fields(named["arg"])["List"])["items"]).name);
  return keyIn(schema, "sequence", relationName(scene, schema, [fact.name, column, "seq"]));
}

function integerType(type: string): "smallint" | "integer" | "bigint" {
  return type === "smallint" || type === "bigint" ? type : "integer";
}

/** A collation as regcollation prints it; undefined for the type's own. */
export function collationOf(scene: Scene, name: Value | undefined): string | undefined {
  if (name === undefined) return undefined;
  const { schema, name: bare } = nameOf(name);
  if (bare === "default") return undefined;
  const key = schema === "pg_catalog" ? undefined : findIn(scene, { schema, name: bare }, ["collation"]);
  return key === undefined ? quoteIdentifier(bare) : addressOf(key);
}

/** Undefined where that is the type's own. */
function storageOf(word: string | undefined, type: string | undefined): Fact<"column">["storage"] {
  const storage = word?.toLowerCase();
  const known = storage === "plain" || storage === "external" || storage === "extended" || storage === "main";
  return known && storage !== ownStorage(type ?? "") ? storage : undefined;
}

function compressionOf(word: string | undefined): "pglz" | "lz4" | undefined {
  return word === "pglz" || word === "lz4" ? word : undefined;
}

/** A sub-command of ALTER TABLE about one column; `from` and `to` are its tokens. False where it is none of these. */
export function alterColumn(scene: Scene, key: Key, command: Fields, [from, to]: readonly [number, number]): boolean {
  const column = scene.catalog.as(key, "column");
  const def = command["def"];
  switch (command["subtype"]) {
    case "AT_ColumnDefault": {
      if (def === undefined || isNull(def))
        scene.change(key, { default: def && column && nullOf(scene, column.type), uses: undefined });
      else {
        const { cutter } = scene;
        const start = cutter.find("default", from, cutter.tokens[from]?.depth ?? 0, to) + 1;
        const uses = usesOf(scene, def, column?.parent);
        scene.change(key, { default: scene.sql(cutter.slice(start, to)), uses: uses.length > 0 ? uses : undefined });
      }
      return true;
    }
    case "AT_SetNotNull":
      scene.change(key, { notNull: true });
      return true;
    case "AT_DropNotNull":
      scene.change(key, { notNull: undefined });
      return true;
    case "AT_AlterColumnType":
      changeType(scene, key, fields(fields(def)["ColumnDef"]));
      return true;
    case "AT_SetStatistics": {
      const target = Number(scalar(def) ?? -1);
      scene.change(key, { statistics: target < 0 ? undefined : target });
      return true;
    }
    case "AT_SetStorage":
      scene.change(key, { storage: storageOf(scalar(def), column?.type) });
      return true;
    case "AT_SetCompression":
      scene.change(key, { compression: compressionOf(scalar(def)) });
      return true;
    case "AT_SetOptions":
    case "AT_ResetOptions":
      scene.change(key, { options: changedOptions(column?.options, def, command["subtype"] === "AT_ResetOptions") });
      return true;
    case "AT_AlterColumnGenericOptions": {
      const changes = fields(fields(def)["List"])["items"];
      scene.change(key, { options: optionsAfter(column?.options, changes) });
      return true;
    }
    case "AT_DropExpression":
      scene.change(key, { generated: undefined });
      return true;
    case "AT_SetExpression": {
      const as = scene.sql(scene.cutter.inside(from));
      if (column?.generated !== undefined) scene.change(key, { generated: { ...column.generated, as } });
      return true;
    }
    case "AT_AddIdentity":
    case "AT_SetIdentity":
    case "AT_DropIdentity":
      changeIdentity(scene, key, command);
      return true;
    default:
      return false;
  }
}

/** ALTER COLUMN … TYPE. */
export function changeType(scene: Scene, key: Key, def: Fields): void {
  const { type, known } = typeOf(scene, fields(def["typeName"]));
  const collation = collationOf(scene, fields(def["collClause"])["collname"]);
  const before = scene.catalog.as(key, "column")?.type;
  scene.change(key, { type, collation, storage: undefined });
  renewIndexes(scene, key);
  // Constraints are made anew from what was printed of them, with the casts that the old type needed.
  if (before !== undefined && familyOf(before) !== familyOf(type))
    for (const user of scene.catalog.users(key))
      if (user.kind === "constraint" && user.type === "check") scene.catalog.change(user.key, "assumed", {});
  // The server keeps the default as what the old type made of it.
  const converted = scene.catalog.as(key, "column")?.default !== undefined;
  if (!known || converted) scene.catalog.change(key, "assumed", {});
  for (const sequence of scene.catalog.users(key)) {
    if (sequence.kind !== "sequence" || sequence.identity !== true) continue;
    const before = sequence.type;
    const next = integerType(type);
    const maximum = sequence.maximum === maxima[before] ? maxima[next] : sequence.maximum;
    scene.change(sequence.key, { type: next, maximum });
  }
}

/** Types of one family are printed alike: no casts stand beside their constants, or the same ones. */
function familyOf(type: string): string {
  const bare = withoutModifiers(type);
  if (/^(?:smallint|integer|bigint|numeric)$/.test(bare)) return "numbers";
  return /^(?:character varying|character|text)$/.test(bare) ? "strings" : bare;
}

const maxima = { smallint: "32767", integer: "2147483647", bigint: "9223372036854775807" } as const;

function changeIdentity(scene: Scene, key: Key, command: Fields): void {
  const column = scene.catalog.as(key, "column");
  if (column === undefined || column.parent === undefined) return;
  const sequence = scene.catalog.users(key).find((user) => user.kind === "sequence" && user.identity === true);
  if (command["subtype"] === "AT_DropIdentity") {
    if (sequence !== undefined) scene.catalog.remove(sequence.key);
    scene.change(key, { identity: undefined });
    return;
  }
  if (command["subtype"] === "AT_AddIdentity") {
    const def = fields(fields(command["def"])["Constraint"]);
    const name = nameOfSequence(scene, column.parent, column.name, def);
    putSequence(scene, name, elements(def["options"]), {
      type: integerType(column.type),
      owner: scene.catalog.get(column.parent)?.owner,
      ownedBy: key,
      identity: true,
      unlogged: scene.catalog.as(column.parent, "table")?.unlogged ?? false,
    });
    scene.change(key, { identity: def["generated_when"] === "a" ? "always" : "by default", notNull: true });
    return;
  }
  const options = elements(
    Array.isArray(command["def"]) ? command["def"] : fields(fields(command["def"])["List"])["items"],
  );
  const generated = options.get("generated");
  if (generated !== undefined) {
    const always = Number(scalar(generated["arg"])) === "a".charCodeAt(0);
    scene.change(key, { identity: always ? "always" : "by default" });
  }
  if (sequence?.kind === "sequence" && [...options.keys()].some((name) => name !== "generated")) {
    const { type, owner } = sequence;
    putSequence(scene, sequence.key, options, { type, owner, ownedBy: key, identity: true }, sequence);
  }
}

/** Options after SET (…) or RESET (…). */
export function changedOptions(
  before: Readonly<Record<string, string>> | undefined,
  list: Value | undefined,
  reset: boolean,
): Readonly<Record<string, string>> | undefined {
  const options: Record<string, string> = { ...before };
  const said = Array.isArray(list) ? list : fields(fields(list)["List"])["items"];
  for (const [name, element] of elements(said)) {
    if (reset) delete options[name];
    else options[name] = scalar(element["arg"]) ?? "true";
  }
  return Object.keys(options).length > 0 ? options : undefined;
}

/** The columns of a table, in order. */
export function columnsOf(scene: Scene, table: Key): readonly Fact<"column">[] {
  return [...scene.catalog.children(table, "column")].sort((a, b) => a.position - b.position);
}
