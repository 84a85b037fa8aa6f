// Owns schemas, extensions and languages.
import { keyAlone } from "../catalog/keys.ts";
import { type Node, nodes } from "../grammar.ts";
import { grantsOfNew, ownGrants } from "./acl.ts";
import { functionNamed } from "./called.ts";
import type { Cutter } from "./cut.ts";
import { extensionDefaults } from "./known-extensions.ts";
import { nameOf, roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, optionText, text } from "./tree.ts";

/** CREATE SCHEMA; what it is to hold is applied by `foldElement`, in that schema. */
export function createSchema(foldElement: Fold): Fold {
  return (scene, node) => {
    const owner = node["authrole"] === undefined ? scene.role : roleOf(scene, node["authrole"]);
    const name = text(node["schemaname"]) ?? owner;
    const key = keyAlone("schema", name);
    if (!scene.catalog.has(key)) addSchema(scene, name, owner);
    else if (node["if_not_exists"] !== true) scene.refuse(key);
    const elts = nodes(node["schemaElts"]);
    if (elts.length === 0) return;
    const { role, setting, cutter } = scene;
    scene.role = owner;
    scene.setPath([name, ...setting], true);
    const starts = startsOfElements(cutter);
    const inOrder = elts.map((element, at) => ({ element, at })).sort((a, b) => rank(a.element) - rank(b.element));
    for (const { element, at } of inOrder) {
      scene.cutter = cutter.within(starts[at] ?? 0, starts[at + 1] ?? cutter.tokens.length);
      foldElement(scene, element);
    }
    scene.cutter = cutter;
    scene.role = role;
    scene.setPath(setting, true);
  };
}

/** The order in which the server makes them. transformCreateSchemaStmtElements in parse_utilcmd.c */
const kinds = ["CreateSeqStmt", "CreateStmt", "ViewStmt", "IndexStmt", "CreateTrigStmt", "GrantStmt"];

function rank(element: Node): number {
  return kinds.indexOf(Object.keys(element)[0] ?? "");
}

/** The first tokens of what stands behind CREATE SCHEMA. CREATE is a privilege as well, and GRANT an option. */
function startsOfElements({ tokens }: Cutter): readonly number[] {
  const starts: number[] = [];
  for (const [at, { word, depth }] of tokens.entries()) {
    if (at === 0 || depth > 0 || (word !== "create" && word !== "grant")) continue;
    const before = tokens[at - 1]!.word;
    if (before !== "with" && !(word === "create" && (before === "grant" || before === ","))) starts.push(at);
  }
  return starts;
}

function addSchema(scene: Scene, name: string, owner: string, certainty?: "assumed"): void {
  const grants = grantsOfNew(scene, "schema", owner, undefined);
  // Only the first schema public comes with a comment.
  const comment = name === "public" ? "" : undefined;
  scene.add("schema", { key: keyAlone("schema", name), name, owner, grants, comment, certainty }, {});
  scene.forgetPath();
}

export const foldCreateExtension: Fold = (scene, node) => {
  const name = text(node["extname"]) ?? "";
  const key = keyAlone("extension", name);
  if (scene.catalog.has(key)) {
    if (node["if_not_exists"] !== true) scene.refuse(key);
    return;
  }
  const options = elements(node["options"]);
  const said = optionText(options.get("new_version"));
  const own = extensionDefaults(name);
  const schema = own.schema ?? optionText(options.get("schema")) ?? scene.home;
  if (own.creates === true && !scene.catalog.has(keyAlone("schema", schema)))
    addSchema(scene, schema, scene.role, "assumed");
  // What an extension's script does to the schema it lives in is its own matter.
  else if (own.schema !== undefined) scene.catalog.change(keyAlone("schema", schema), "assumed", {});
  // Which version is the default is the server's to say, and so is what default privileges give on what it brings.
  const given = scene.catalog
    .allOf("default privileges")
    .some((other) => other.role === scene.role && (other.schema === undefined || other.schema === schema));
  scene.add(
    "extension",
    { key, name, certainty: said === undefined || given ? "assumed" : undefined },
    { schema, version: said ?? "" },
  );
};

/** CREATE LANGUAGE; without a handler it is CREATE EXTENSION. */
export const foldCreateLanguage: Fold = (scene, node) => {
  const name = text(node["plname"]) ?? "";
  if (node["plhandler"] === undefined) {
    foldCreateExtension(scene, { extname: name, ...(node["replace"] === true && { if_not_exists: true }) });
    return;
  }
  const called = (["plhandler", "plinline", "plvalidator"] as const).map((option) =>
    node[option] === undefined ? undefined : functionNamed(scene, nameOf(node[option])),
  );
  const [handler, inline, validator] = called.map((each) => each?.text);
  const key = keyAlone("language", name);
  scene.add(
    "language",
    {
      key,
      name,
      owner: scene.catalog.get(key)?.owner ?? scene.role,
      grants: scene.catalog.has(key) ? scene.catalog.get(key)?.grants : ownGrants("language"),
      uses: called.flatMap((each) => each?.key ?? []),
      certainty: called.every((each) => each?.known !== false) ? undefined : "assumed",
    },
    { trusted: node["pltrusted"] === true, handler, inline, validator },
  );
};

export const foldAlterExtension: Fold = (scene, node) => {
  const version = optionText(elements(node["options"]).get("new_version"));
  const key = keyAlone("extension", text(node["extname"]) ?? "");
  if (version === undefined) scene.catalog.change(key, "assumed", {});
  else scene.change(key, { version });
};
