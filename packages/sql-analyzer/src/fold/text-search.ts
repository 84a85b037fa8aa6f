// Owns text search: configurations, dictionaries, parsers and templates.
// https://www.postgresql.org/docs/current/textsearch.html
import type { Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { findKind, functionNamed, namedIn, qualified } from "./called.ts";
import { homeOf, type Name, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, items, scalar, strings, tagged } from "./tree.ts";

type Mappings = Readonly<Record<string, readonly string[]>>;

/** CREATE TEXT SEARCH PARSER and TEMPLATE: functions by name. */
export function createOfFunctions(kind: "text search parser" | "text search template"): Fold {
  return (scene, node) => {
    let known = true;
    const uses: Key[] = [];
    const properties: Record<string, string> = {};
    for (const [option, element] of elements(node["definition"])) {
      const called = functionNamed(scene, namedIn(element["arg"]) ?? { schema: undefined, name: "" });
      known &&= called.known || (isSystem(called.text) && !option.includes("."));
      if (called.key !== undefined) uses.push(called.key);
      properties[option.toUpperCase()] = called.text;
    }
    scene.add(kind, { ...named(scene, kind, nameOf(node["defnames"])), uses, certainty: sure(known) }, { properties });
  };
}

// The functions of Postgres's own parser and templates, which no query can call.
const isSystem = (name: string): boolean => /^(?:prsd|dsimple|dsynonym|dispell|thesaurus|dsnowball)_\w+$/.test(name);

function named(scene: Scene, kind: Kind, name: Name) {
  const parent = homeOf(scene, name);
  return { key: keyIn(parent, kind, name.name), name: name.name, parent };
}

function sure(known: boolean): "assumed" | undefined {
  return known ? undefined : "assumed";
}

export const foldCreateDictionary: Fold = (scene, node) => {
  const options = elements(node["definition"]);
  const template = namedIn(options.get("template")?.["arg"]) ?? { schema: undefined, name: "" };
  const key = findKind(scene, template, "text search template");
  const system = template.schema === "pg_catalog" || (template.schema === undefined && templates.has(template.name));
  const home = system ? "pg_catalog" : (template.schema ?? scene.home);
  const kind = "text search dictionary";
  scene.add(
    kind,
    {
      ...named(scene, kind, nameOf(node["defnames"])),
      owner: scene.role,
      uses: key === undefined ? [] : [key],
      certainty: sure(key !== undefined || system || template.schema !== undefined),
    },
    {
      template: key === undefined ? `${quoteIdentifier(home)}.${quoteIdentifier(template.name)}` : addressOf(key),
      options: serialized([...options].filter(([name]) => name !== "template")),
    },
  );
};

const templates = new Set(["simple", "synonym", "ispell", "thesaurus", "snowball"]);

// serialize_deflist
function serialized(options: readonly (readonly [string, Fields])[]): string | undefined {
  const list = options.map(([name, element]) => {
    const [tag] = tagged(element["arg"]);
    const value = scalar(element["arg"]) ?? "";
    const number = tag === "Integer" || tag === "Float";
    return `${quoteIdentifier(name)} = ${number ? value : literal(value)}`;
  });
  return list.length > 0 ? list.join(", ") : undefined;
}

function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? `E${quoted}` : quoted;
}

export const foldAlterDictionary: Fold = (scene, node) => {
  const key = findKind(scene, nameOf(node["dictname"]), "text search dictionary");
  const fact = scene.catalog.as(key, "text search dictionary");
  if (fact === undefined) return;
  const changes = elements(node["options"]);
  const kept = optionsIn(fact.options ?? "").filter(({ name }) => !changes.has(name));
  const added = serialized([...changes].filter(([, element]) => element["arg"] !== undefined));
  const all = [...kept.map(({ text }) => text), ...(added === undefined ? [] : [added])];
  scene.change(fact.key, { options: all.length > 0 ? all.join(", ") : undefined });
};

// deserialize_deflist
function optionsIn(list: string): readonly { readonly name: string; readonly text: string }[] {
  return [...list.matchAll(/("(?:[^"]|"")*"|[^\s,="]+) = (?:E?'(?:[^']|'')*'|[^\s,]+)/g)].map(([text, name = ""]) => ({
    name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
    text,
  }));
}

export const foldCreateConfiguration: Fold = (scene, node) => {
  const options = elements(node["definition"]);
  const parser = namedIn(options.get("parser")?.["arg"]);
  const copied = namedIn(options.get("copy")?.["arg"]);
  const kind = "text search configuration";
  const about = { ...named(scene, kind, nameOf(node["defnames"])), owner: scene.role };
  if (copied !== undefined) {
    const fact = scene.catalog.as(findKind(scene, copied, kind), kind);
    const mappings = fact?.mappings ?? ownMappings(copied);
    const certainty = mappings === undefined ? "assumed" : undefined;
    const uses = [...(fact?.uses ?? [])];
    scene.add(kind, { ...about, uses, certainty }, { parser: fact?.parser ?? ownParser, mappings: mappings ?? {} });
    return;
  }
  const key = parser && findKind(scene, parser, "text search parser");
  const system = parser?.name === "default" && parser.schema !== "public";
  const home = system ? "pg_catalog" : (parser?.schema ?? scene.home);
  const certainty = sure(key !== undefined || system);
  const address = `${quoteIdentifier(home)}.${quoteIdentifier(parser?.name ?? "default")}`;
  scene.add(
    kind,
    { ...about, uses: key === undefined ? [] : [key], certainty },
    { parser: key === undefined ? address : addressOf(key), mappings: {} },
  );
};

const ownParser = 'pg_catalog."default"';

// The configurations that initdb makes of snowball's stemmers.
function ownMappings({ schema, name }: Name): Mappings | undefined {
  if (schema !== undefined && schema !== "pg_catalog") return undefined;
  if (name !== "simple" && !languages.has(name)) return undefined;
  const ascii = name === "simple" ? name : `${name === "russian" || name === "hindi" ? "english" : name}_stem`;
  const word = name === "simple" ? name : `${name}_stem`;
  return Object.fromEntries([
    ...plainTokens.map((token) => [token, ["simple"]] as const),
    ...["asciihword", "asciiword", "hword_asciipart"].map((token) => [token, [ascii]] as const),
    ...["hword", "hword_part", "word"].map((token) => [token, [word]] as const),
  ]);
}

const plainTokens = `email file float host hword_numpart int numhword numword sfloat uint url url_path version`.split(
  " ",
);

const languages = new Set(
  `arabic armenian basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish
  italian lithuanian nepali norwegian portuguese romanian russian serbian spanish swedish tamil turkish
  yiddish`.split(/\s+/),
);

export const foldAlterConfiguration: Fold = (scene, node) => {
  const key = findKind(scene, nameOf(node["cfgname"]), "text search configuration");
  const fact = scene.catalog.as(key, "text search configuration");
  if (fact === undefined) return;
  const tokens = strings(node["tokentype"]);
  const found = nodes(node["dicts"]).map((each) => dictionary(scene, nameOf(items(each))));
  const known = found.every((each) => each.known);
  const dictionaries = found.map(({ text }) => text);
  const mappings = new Map(Object.entries(fact.mappings));
  switch (node["kind"]) {
    case "ALTER_TSCONFIG_ADD_MAPPING":
    case "ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN":
      for (const token of tokens) mappings.set(token, dictionaries);
      break;
    case "ALTER_TSCONFIG_DROP_MAPPING":
      for (const token of tokens) mappings.delete(token);
      break;
    default:
      for (const token of tokens.length > 0 ? tokens : [...mappings.keys()]) {
        const list = mappings.get(token)?.map((each) => (each === dictionaries[0] ? dictionaries[1]! : each));
        if (list !== undefined) mappings.set(token, list);
      }
  }
  const uses = [...new Set([...(fact.uses ?? []), ...found.flatMap((each) => each.key ?? [])])].sort();
  scene.catalog.change(fact.key, known ? scene.certainty : "assumed", {
    mappings: Object.fromEntries(mappings),
    uses: uses.length > 0 ? uses : undefined,
  });
};

function dictionary(scene: Scene, name: Name): { readonly text: string; readonly known: boolean; readonly key?: Key } {
  const system =
    name.schema === "pg_catalog" ||
    (name.schema === undefined && (name.name === "simple" || languages.has(name.name.replace(/_stem$/, ""))));
  if (system) return { text: quoteIdentifier(name.name), known: true };
  const key = findKind(scene, name, "text search dictionary");
  if (key !== undefined) return { text: addressOf(key), known: true, key };
  const [brought] = scene.catalog.allOf("extension").filter((extension) => extension.name === name.name);
  const schema = name.schema ?? brought?.schema;
  return { text: qualified(schema ?? scene.home, name.name), known: schema !== undefined };
}
