// Owns CREATE TYPE and DOMAIN in all their forms, and ALTER TYPE … ADD VALUE.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { functionNamed, namedIn } from "./called.ts";
import { collationOf, isNull, nullOf } from "./columns.ts";
import { functionOf } from "./function-names.ts";
import { constraintName } from "./generated-names.ts";
import { findType, homeOf, nameOf, rangeName } from "./names.ts";
import { drop } from "./drop.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, optionText, strings, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";
import { usesOf } from "./uses.ts";

type TypeKind = "enum" | "domain" | "composite type" | "range";

function about(scene: Scene, kind: TypeKind, schema: Key, name: string) {
  const key = keyIn(schema, kind, name);
  return {
    key,
    name,
    parent: schema,
    owner: scene.role,
    grants: grantsOfNew(scene, kind, scene.role, schemaName(schema)),
  };
}

export const foldCreateEnum: Fold = (scene, node) => {
  const name = nameOf(node["typeName"]);
  scene.add("enum", about(scene, "enum", homeOf(scene, name), name.name), { values: strings(node["vals"]) });
};

export const foldAlterEnum: Fold = (scene, node) => {
  const type = scene.catalog.as(findType(scene, nameOf(node["typeName"])), "enum");
  if (type === undefined) return;
  const values = [...type.values];
  const old = text(node["oldVal"]);
  const value = text(node["newVal"]) ?? "";
  if (old !== undefined) {
    if (!values.includes(old)) return;
    scene.moves.values.push({ type: type.key, from: old, to: value });
    scene.change(type.key, { values: values.map((each) => (each === old ? value : each)) });
    doubtLiterals(scene, type.key, old);
    return;
  }
  if (values.includes(value)) return;
  const neighbour = text(node["newValNeighbor"]);
  const at =
    neighbour === undefined ? values.length : values.indexOf(neighbour) + (node["newValIsAfter"] === true ? 1 : 0);
  values.splice(at, 0, value);
  scene.change(type.key, { values });
};

// Expressions hold the value itself, whatever it is called. Which of the literals of that name are of this type, only
// the server knows.
function doubtLiterals(scene: Scene, type: Key, value: string): void {
  const written = value.replaceAll("'", "''");
  for (const fact of scene.catalog.all()) {
    if (fact.key === type || fact.certainty !== "exact") continue;
    if (textsIn(fact).some((sql) => sql.includes(written) && sql.includes("'")))
      scene.catalog.change(fact.key, "assumed", {});
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("sql" in value && typeof value.sql === "string") return [value.sql];
  return Object.entries(value).flatMap(([field, inner]) => (field === "definition" ? [] : textsIn(inner)));
}

export const foldCreateComposite: Fold = (scene, node) => {
  const name = rangeName(fields(node["typevar"]));
  const described = about(scene, "composite type", homeOf(scene, name), name.name);
  scene.add("composite type", described, {});
  for (const [index, each] of nodes(node["coldeflist"]).entries()) {
    addAttribute(scene, described.key, fields(each["ColumnDef"]), index + 1);
  }
};

export function addAttribute(scene: Scene, type: Key, def: Fields, position: number): void {
  const name = text(def["colname"]) ?? "";
  const { type: attribute, known } = typeOf(scene, fields(def["typeName"]));
  scene.add(
    "attribute",
    { key: keyIn(type, "attribute", name), name, parent: type, certainty: known ? undefined : "assumed" },
    { position, type: attribute, collation: collationOf(scene, fields(def["collClause"])["collname"]) },
  );
}

// Those that are the default of their type the catalog does not have.
function classOf(param: Fields | undefined): string | undefined {
  if (param === undefined) return undefined;
  const { schema = "pg_catalog", name } = nameOf(param["names"]);
  const bare = quoteIdentifier(name);
  if (schema !== "pg_catalog") return `${quoteIdentifier(schema)}.${bare}`;
  return /_(?:pattern|image)_ops$/.test(name) ? bare : undefined;
}

export const foldCreateRange: Fold = (scene, node) => {
  const name = nameOf(node["typeName"]);
  const params = elements(node["params"]);
  const typeParam = (option: string) => {
    const element = params.get(option);
    return element === undefined ? undefined : fields(fields(element["arg"])["TypeName"]);
  };
  const called = (option: string): string | undefined => {
    const names = typeParam(option)?.["names"];
    return names === undefined ? undefined : functionOf(scene, nameOf(names));
  };
  const subtype = typeOf(scene, typeParam("subtype") ?? {}, false);
  const multirange = strings(typeParam("multirange_type_name")?.["names"]).at(-1);
  scene.add(
    "range",
    { ...about(scene, "range", homeOf(scene, name), name.name), certainty: subtype.known ? undefined : "assumed" },
    {
      subtype: subtype.type,
      multirange: multirange ?? multirangeName(name.name),
      collation: collationOf(scene, typeParam("collation")?.["names"]),
      operatorClass: classOf(typeParam("subtype_opclass")),
      canonical: called("canonical"),
      subtypeDiff: called("subtype_diff"),
    },
  );
};

// makeMultirangeTypeName: `range` within the name becomes `multirange`.
function multirangeName(name: string): string {
  return name.includes("range") ? name.replace("range", "multirange") : `${name}_multirange`;
}

export const foldCreateDomain: Fold = (scene, node) => {
  const name = nameOf(node["domainname"]);
  const schema = homeOf(scene, name);
  const { type, known } = typeOf(scene, fields(node["typeName"]));
  const constraints = nodes(node["constraints"]).map((each) => fields(each["Constraint"]));
  const { cutter } = scene;
  const written = constraints.find(({ contype }) => contype === "CONSTR_DEFAULT");
  const starts = constraints.map(({ location }) => cutter.at(Number(location ?? 0)));
  const described = about(scene, "domain", schema, name.name);
  const from = written === undefined ? 0 : cutter.at(Number(written["location"] ?? 0)) + 1;
  const to = Math.min(cutter.tokens.length, ...starts.filter((start) => start >= from));
  const none = isNull(written?.["raw_expr"]);
  scene.add(
    "domain",
    { ...described, uses: usesOf(scene, written?.["raw_expr"]), certainty: known ? undefined : "assumed" },
    {
      type,
      collation: collationOf(scene, fields(node["collClause"])["collname"]),
      notNull: constraints.some(({ contype }) => contype === "CONSTR_NOTNULL"),
      default: none ? nullOf(scene, type) : written && scene.sql(cutter.slice(from, to)),
    },
  );
  for (const constraint of constraints) {
    addDomainCheck(scene, described.key, constraint);
    const named = constraint["contype"] === "CONSTR_NOTNULL" ? text(constraint["conname"]) : undefined;
    if (named !== undefined) nameNotNull(scene, described.key, named);
  }
};

function addDomainCheck(scene: Scene, domain: Key, node: Fields): void {
  const fact = scene.catalog.get(domain);
  if (node["contype"] !== "CONSTR_CHECK" || fact?.parent === undefined) return;
  const name = text(node["conname"]) ?? constraintName(scene, fact.parent, [fact.name, undefined, "check"]);
  const { cutter } = scene;
  scene.add(
    "constraint",
    { key: keyIn(domain, "constraint", name), name, parent: domain, uses: usesOf(scene, node["raw_expr"]) },
    {
      type: "check",
      check: scene.sql(cutter.inside(cutter.find("check", cutter.at(Number(node["location"] ?? 0))))),
      notValid: node["skip_validation"] === true,
    },
  );
}

export const foldAlterDomain: Fold = (scene, node) => {
  const domain = findType(scene, nameOf(node["typeName"]));
  if (domain === undefined) return;
  const constraint = keyIn(domain, "constraint", text(node["name"]) ?? "");
  switch (node["subtype"]) {
    case "T":
    case "AD_AlterDefault": {
      const { cutter } = scene;
      const at = cutter.find("default");
      const said = node["def"] && scene.sql(cutter.slice(at + 1, cutter.tokens.length));
      const type = scene.catalog.as(domain, "domain")?.type ?? "";
      scene.change(domain, { default: isNull(node["def"]) ? nullOf(scene, type) : said });
      break;
    }
    case "N":
      forgetNotNull(scene, domain);
      scene.change(domain, { notNull: undefined });
      break;
    case "O":
      scene.change(domain, { notNull: true });
      break;
    case "C": {
      const added = fields(fields(node["def"])["Constraint"]);
      addDomainCheck(scene, domain, added);
      if (added["contype"] !== "CONSTR_NOTNULL" || scene.catalog.as(domain, "domain")?.notNull === true) break;
      scene.change(domain, { notNull: true });
      nameNotNull(scene, domain, text(added["conname"]) ?? "");
      break;
    }
    case "X": {
      const said = scene.catalog.as(constraint, "constraint");
      // One that has the name which Postgres gives it is no fact of its own.
      const usual = said === undefined && text(node["name"]) === `${scene.catalog.get(domain)?.name ?? ""}_not_null`;
      if (usual || said?.type === "not null") scene.change(domain, { notNull: undefined });
      drop(scene, constraint, node["behavior"] === "DROP_CASCADE");
      break;
    }
    case "V":
      scene.change(constraint, { notValid: undefined });
      break;
    default:
      scene.cannotRead("unknown-statement", [domain]);
  }
};

/** A domain that is renamed keeps the name of its NOT NULL, which has one from Postgres 17 on. */
export function keepNotNull(scene: Scene, domain: Key, former: string): void {
  nameNotNull(scene, domain, notNullOf(scene, domain)?.name ?? `${former}_not_null`);
}

/** RENAME CONSTRAINT, where it is the NOT NULL of a domain. */
export function renameNotNull(scene: Scene, domain: Key, from: string, to: string): boolean {
  const name = notNullOf(scene, domain)?.name ?? `${scene.catalog.get(domain)?.name ?? ""}_not_null`;
  if (name !== from || scene.catalog.as(domain, "domain")?.notNull !== true) return false;
  nameNotNull(scene, domain, to);
  scene.moves.log([{ from: keyIn(domain, "constraint", from), to: keyIn(domain, "constraint", to) }]);
  return true;
}

function notNullOf(scene: Scene, domain: Key): Fact<"constraint"> | undefined {
  return scene.catalog.children(domain, "constraint").find(({ type }) => type === "not null");
}

function forgetNotNull(scene: Scene, domain: Key): void {
  const fact = notNullOf(scene, domain);
  if (fact !== undefined) scene.catalog.remove(fact.key);
}

/** With the name that Postgres gives it, it is no fact of its own. */
function nameNotNull(scene: Scene, domain: Key, name: string): void {
  const fact = scene.catalog.as(domain, "domain");
  if (fact?.notNull !== true || scene.catalog.major < 17) return;
  forgetNotNull(scene, domain);
  if (name === "" || name === `${fact.name}_not_null`) return;
  scene.add("constraint", { key: keyIn(domain, "constraint", name), name, parent: domain }, { type: "not null" });
}

/** CREATE TYPE with functions for input and output; without them a shell, which is to be filled in later. */
export const foldCreateBaseType: Fold = (scene, node) => {
  const name = nameOf(node["defnames"]);
  const schema = homeOf(scene, name);
  const key = keyIn(schema, "base type", name.name);
  const before = scene.catalog.as(key, "base type");
  const options = elements(node["definition"]);
  const described = {
    key,
    name: name.name,
    parent: schema,
    owner: before?.owner ?? scene.role,
    grants: before?.grants ?? grantsOfNew(scene, "base type", scene.role, schemaName(schema)),
  };
  if (options.size === 0) {
    scene.add("base type", described, { properties: {} });
    return;
  }
  const uses: Key[] = [];
  const properties: Record<string, string> = { ...typeDefaults };
  for (const [option, element] of options) {
    if (option === "like") continue;
    const called = typeFunctions.has(option) ? functionNamed(scene, namedIn(element["arg"]) ?? name) : undefined;
    if (called?.key !== undefined) uses.push(called.key);
    properties[option.toUpperCase()] = called?.text ?? optionText(element) ?? "true";
  }
  // What LIKE copies, and how each option is kept, only the server knows.
  scene.add("base type", { ...described, uses, certainty: "assumed" }, { properties });
};

const typeDefaults = { INTERNALLENGTH: "-1", ALIGNMENT: "i", STORAGE: "p", CATEGORY: "U", DELIMITER: "," };

const typeFunctions = new Set([
  "input",
  "output",
  "receive",
  "send",
  "typmod_in",
  "typmod_out",
  "analyze",
  "subscript",
]);

/** ALTER TYPE … SET (…). */
export const foldAlterBaseType: Fold = (scene, node) => {
  const type = findType(scene, nameOf(node["typeName"]));
  scene.catalog.change(type, "assumed", {});
  // A column keeps the storage that the type had before.
  if (type === undefined || !elements(node["options"]).has("storage")) return;
  for (const user of scene.catalog.users(`type ${addressOf(type)}`))
    if (user.kind === "column") scene.catalog.change(user.key, "assumed", {});
};

/** CREATE COLLATION. */
export const foldCreateCollation: Fold = (scene, node) => {
  const name = nameOf(node["defnames"]);
  const parent = homeOf(scene, name);
  const options = elements(node["definition"]);
  const provider = optionText(options.get("provider"))?.toLowerCase();
  const locale = optionText(options.get("locale")) ?? optionText(options.get("lc_collate"));
  const ctype = optionText(options.get("lc_ctype"));
  scene.add(
    "collation",
    {
      key: keyIn(parent, "collation", name.name),
      name: name.name,
      parent,
      owner: scene.role,
      certainty: options.has("from") ? "assumed" : undefined,
    },
    {
      provider: provider === "icu" || provider === "builtin" ? provider : "libc",
      locale,
      lcCtype: ctype === locale ? undefined : ctype,
      nondeterministic: optionText(options.get("deterministic")) === "false",
      rules: optionText(options.get("rules")),
    },
  );
};
