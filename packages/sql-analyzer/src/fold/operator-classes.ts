// Owns operator classes and families, and which of the two each operator and function belongs to.
// https://www.postgresql.org/docs/current/sql-createopclass.html
import type { Fact } from "../catalog/catalog.ts";
import { addressOf, type Key, operatorSetKey } from "../catalog/keys.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { functionOf, operatorOf, qualified } from "./called.ts";
import { findObject, homeOf, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { fields, items, strings, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";

interface Member {
  /** As the catalog lists it. */
  readonly text: string;
  readonly operator: boolean;
  readonly number: number;
  readonly left: string;
  readonly right: string;
  readonly known: boolean;
  readonly uses: readonly Key[];
}

export const foldCreateOperatorFamily: Fold = (scene, node) => {
  const name = nameOf(node["opfamilyname"]);
  addFamily(scene, schemaName(homeOf(scene, name)), name.name, text(node["amname"]) ?? "");
};

function addFamily(scene: Scene, schema: string, name: string, method: string): Key {
  const key = operatorSetKey("operator family", schema, name, method);
  const parent = homeOf(scene, { schema, name });
  if (!scene.catalog.has(key))
    scene.add("operator family", { key, name, parent, owner: scene.role }, { method, members: [] });
  return key;
}

export const foldCreateOperatorClass: Fold = (scene, node) => {
  const name = nameOf(node["opclassname"]);
  const parent = homeOf(scene, name);
  const schema = schemaName(parent);
  const method = text(node["amname"]) ?? "";
  const { type, known } = typeOf(scene, fields(node["datatype"]), false);
  const familyName = strings(node["opfamilyname"]);
  const said = familyName.length === 0 ? undefined : findSet(scene, "OBJECT_OPFAMILY", method, familyName);
  const family =
    said ??
    (familyName.length === 0
      ? addFamily(scene, schema, name.name, method)
      : operatorSetKey("operator family", familyName.at(-2) ?? "pg_catalog", familyName.at(-1)!, method));
  const all = nodes(node["items"]).map((each) => fields(each["CreateOpClassItem"]));
  const stored = all.find(({ itemtype }) => itemtype === 3);
  const storage = stored && typeOf(scene, fields(stored["storedtype"]), false).type;
  const members = all.filter((item) => item !== stored).map((item) => memberOf(scene, item, method, type));
  const own = members.filter((member) => belongsToClass(member, method, type));
  const sure = known && members.every((member) => member.known);
  const certainty = sure && (said !== undefined || familyName.length === 0) ? undefined : "assumed";
  scene.add(
    "operator class",
    {
      key: operatorSetKey("operator class", schema, name.name, method),
      name: name.name,
      parent,
      owner: scene.role,
      uses: [...new Set([family, ...own.flatMap(({ uses }) => uses)])].sort(),
      certainty,
    },
    {
      method,
      type,
      default: node["isDefault"] === true,
      family,
      storage: storage === type ? undefined : storage,
      members: sorted(own.map((member) => member.text)),
    },
  );
  addMembers(
    scene,
    family,
    members.filter((member) => !own.includes(member)),
  );
};

function findSet(scene: Scene, type: string, method: string, name: readonly string[]): Key | undefined {
  return findObject(scene, type, { List: { items: [method, ...name].map((sval) => ({ String: { sval } })) } });
}

function memberOf(scene: Scene, item: Fields, method: string, type: string | undefined): Member {
  const operator = item["itemtype"] === 1;
  const number = Number(item["number"] ?? 0);
  const object = fields(item["name"]);
  const name = nameOf(object["objname"]);
  const types = typesIn(scene, object["objargs"]);
  if (operator) {
    const [left = type, right = type] = types;
    const called = operatorOf(scene, name, left, right);
    const order = strings(item["order_family"]);
    const family = order.length === 0 ? "" : ` FOR ORDER BY ${sortFamily(scene, order)}`;
    const uses = called.key === undefined ? [] : [called.key];
    const written = `OPERATOR ${number} ${called.text}${family}`;
    return { text: written, operator, number, left: left ?? "", right: right ?? "", known: called.known, uses };
  }
  const called = functionOf(scene, name, types);
  const [left, right] = operandsOf(typesIn(scene, item["class_args"]), types, number, method, type ?? "");
  const written = `FUNCTION ${number} (${left}, ${right}) ${called.text}`;
  const uses = called.key === undefined ? [] : [called.key];
  return { text: written, operator, number, left, right, known: called.known, uses };
}

function typesIn(scene: Scene, list: Value | undefined): readonly string[] {
  return items(list).map((each) => typeOf(scene, fields(each["TypeName"]), false).type);
}

function sortFamily(scene: Scene, name: readonly string[]): string {
  const found = findSet(scene, "OBJECT_OPFAMILY", "btree", name);
  if (found !== undefined) return addressOf(found).replace(/ using [^ ]+$/, "");
  return qualified(name.at(-2) ?? "pg_catalog", name.at(-1)!);
}

// assignProcTypes: whose operands a function is for, where that is not said.
function operandsOf(
  said: readonly string[],
  types: readonly string[],
  number: number,
  method: string,
  type: string,
): readonly [string, string] {
  const [left, right = left] = said;
  if (left !== undefined) return [left, right!];
  if (method === "btree" && number === 1) return [types[0] ?? type, types[1] ?? type];
  if (method === "btree" && number === 3) return [types[0] ?? type, types[2] ?? type];
  if (method === "hash" && number <= 2) return [types[0] ?? type, types[0] ?? type];
  return [type, type];
}

// amadjustmembers: what an index of the class cannot do without is the class's, the rest is its family's.
function belongsToClass({ operator, number, left, right }: Member, method: string, type: string): boolean {
  switch (method) {
    case "btree":
    case "hash":
      return left === right && left === type && (operator || number === 1);
    case "gist":
      return !operator && [1, 2, 5, 6, 7].includes(number);
    case "gin":
      return !operator && (number === 2 || number === 3);
    case "spgist":
      return !operator && number <= 5;
    default:
      return true;
  }
}

function addMembers(scene: Scene, set: Key, members: readonly Member[]): void {
  const fact = setOf(scene, set);
  if (fact === undefined || members.length === 0) return;
  const uses = new Set([...(fact.uses ?? []), ...members.flatMap((member) => member.uses)]);
  scene.catalog.change(set, members.every(({ known }) => known) ? scene.certainty : "assumed", {
    members: sorted([...fact.members, ...members.map((member) => member.text)]),
    uses: uses.size > 0 ? [...uses].sort() : undefined,
  });
}

function setOf(scene: Scene, key: Key): Fact<"operator class"> | Fact<"operator family"> | undefined {
  return scene.catalog.as(key, "operator class") ?? scene.catalog.as(key, "operator family");
}

// By number, operators first, then by the bytes of their texts.
function sorted(members: readonly string[]): readonly string[] {
  const place = (member: string): number =>
    Number(/ (\d+) /.exec(member)?.[1]) + (member.startsWith("FUNCTION") ? 1000 : 0);
  return members.toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

export const foldAlterOperatorFamily: Fold = (scene, node) => {
  const method = text(node["amname"]) ?? "";
  const family = findSet(scene, "OBJECT_OPFAMILY", method, strings(node["opfamilyname"]));
  if (family === undefined) return;
  const classes = scene.catalog.allOf("operator class").filter((each) => each.family === family);
  for (const each of nodes(node["items"])) {
    const item = fields(each["CreateOpClassItem"]);
    if (node["isDrop"] === true) {
      const [left = "", right = left] = typesIn(scene, item["class_args"]);
      dropMember(scene, [family, ...classes.map(({ key }) => key)], item, left, right);
      continue;
    }
    const member = memberOf(scene, item, method, undefined);
    const home = classes.find((one) => belongsToClass(member, method, one.type) && one.type === member.left);
    addMembers(scene, method === "btree" || method === "hash" ? (home?.key ?? family) : family, [member]);
  }
};

function dropMember(scene: Scene, sets: readonly Key[], item: Fields, left: string, right: string): void {
  const number = Number(item["number"] ?? 0);
  const isIt = (member: string): boolean =>
    item["itemtype"] === 1
      ? member.startsWith(`OPERATOR ${number} `) && member.includes(`(${left},${right})`)
      : member.startsWith(`FUNCTION ${number} (${left}, ${right}) `);
  for (const set of sets) {
    const fact = setOf(scene, set);
    if (fact?.members.some(isIt) === true)
      scene.change(set, { members: fact.members.filter((member) => !isIt(member)) });
  }
}
