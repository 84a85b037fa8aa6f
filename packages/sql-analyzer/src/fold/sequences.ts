// Owns CREATE and ALTER SEQUENCE, and the sequences of serial and identity columns.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyAlone, keyIn, schemaOf } from "../catalog/keys.ts";
import type { Fields } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { findIn, findRelation, homeOf, rangeName } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, fields, optionOn, optionText, strings } from "./tree.ts";
import { tableKinds } from "./working.ts";
import { schemaName } from "./tables.ts";
import { typeOf } from "./type-names.ts";

type IntegerType = Fact<"sequence">["type"];

interface SequenceAbout {
  readonly type: IntegerType;
  readonly owner: string | undefined;
  readonly ownedBy?: Key | undefined;
  readonly identity?: boolean;
  readonly unlogged?: boolean;
}

/** Puts a sequence, or changes one by the options that are said. */
export function putSequence(
  scene: Scene,
  key: Key,
  options: ReadonlyMap<string, Fields>,
  { type, owner = scene.role, ownedBy, identity = false, unlogged = false }: SequenceAbout,
  before?: Fact<"sequence">,
): void {
  const name = keyName(key);
  const said = (option: string) => (options.has(option) ? optionText(options.get(option)) : undefined);
  const increment = said("increment") ?? before?.increment ?? "1";
  const down = increment.startsWith("-");
  const typeChanged = before !== undefined && before.type !== type;
  const [lowest, highest] = bounds[type];
  const unset = (option: string) => options.has(option) && said(option) === undefined;
  // A bound that was the old type's becomes the new type's, also where that is not what a new sequence gets.
  const bound = (option: "minvalue" | "maxvalue", was: string | undefined, own: string, usual: string) => {
    const reset = typeChanged && was !== undefined && bounds[before.type].includes(was);
    return said(option) ?? (reset ? own : unset(option) ? usual : (was ?? usual));
  };
  const minimum = bound("minvalue", before?.minimum, lowest, down ? lowest : "1");
  const maximum = bound("maxvalue", before?.maximum, highest, down ? "-1" : highest);
  const start = said("start") ?? before?.start ?? (down ? maximum : minimum);
  const parent = before?.parent ?? keyAlone("schema", schemaOf({ key, kind: "sequence", name })!);
  const grants = before === undefined ? grantsOfNew(scene, "sequence", owner, schemaName(parent)) : before.grants;
  scene.add(
    "sequence",
    { key, name: before?.name ?? name, parent, owner, grants, comment: before?.comment },
    {
      type,
      start,
      increment,
      minimum,
      maximum,
      cache: said("cache") ?? before?.cache ?? "1",
      cycle: options.has("cycle") ? optionOn(options.get("cycle")) : before?.cycle,
      unlogged: before?.unlogged ?? unlogged,
      ownedBy,
      identity,
    },
  );
}

function keyName(key: Key): string {
  const last = /(?:"((?:[^"]|"")*)"|([^".]*))$/.exec(key)!;
  return last[1]?.replaceAll('""', '"') ?? last[2]!;
}

const bounds: Readonly<Record<IntegerType, readonly [string, string]>> = {
  smallint: ["-32768", "32767"],
  integer: ["-2147483648", "2147483647"],
  bigint: ["-9223372036854775808", "9223372036854775807"],
};

export const foldCreateSequence: Fold = (scene, node) => {
  const rangeVar = fields(node["sequence"]);
  const name = rangeName(rangeVar);
  if (rangeVar["relpersistence"] === "t") {
    scene.temporary.add(name.name);
    return;
  }
  const key = keyIn(homeOf(scene, name), "sequence", name.name);
  if (node["if_not_exists"] === true && findRelation(scene, name) !== undefined && scene.catalog.has(key)) return;
  const options = elements(node["options"]);
  const type = typeIn(scene, options) ?? "bigint";
  const unlogged = rangeVar["relpersistence"] === "u";
  const owned = ownedBy(scene, options);
  putSequence(scene, key, options, { type, owner: scene.role, ownedBy: owned, unlogged });
};

export const foldAlterSequence: Fold = (scene, node) => {
  const before = scene.catalog.as(findRelation(scene, rangeName(fields(node["sequence"])), ["sequence"]), "sequence");
  if (before === undefined) return;
  const options = elements(node["options"]);
  const type = typeIn(scene, options) ?? before.type;
  const owned = options.has("owned_by") ? ownedBy(scene, options) : before.ownedBy;
  putSequence(
    scene,
    before.key,
    options,
    { type, owner: before.owner, ownedBy: owned, identity: before.identity ?? false },
    before,
  );
};

function typeIn(scene: Scene, options: ReadonlyMap<string, Fields>): IntegerType | undefined {
  const as = options.get("as");
  if (as === undefined) return undefined;
  const { type } = typeOf(scene, fields(fields(as["arg"])["TypeName"]));
  return type === "smallint" || type === "integer" ? type : "bigint";
}

function ownedBy(scene: Scene, options: ReadonlyMap<string, Fields>): Key | undefined {
  const names = strings(fields(fields(options.get("owned_by")?.["arg"])["List"])["items"]);
  if (names.length < 2) return undefined;
  const [column, table, schema] = names.toReversed();
  const relation = findIn(scene, { schema, name: table! }, tableKinds);
  return relation && keyIn(relation, "column", column!);
}
