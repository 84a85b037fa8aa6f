// Owns text search parsers, templates, dictionaries and configurations as SQL, and collations.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { objectName } from "./address.ts";
import { literal } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";

/** https://www.postgresql.org/docs/current/sql-createtsparser.html */
export const parser: Emitter<"text search parser"> = { create: withProperties, drop };

/** https://www.postgresql.org/docs/current/sql-createtstemplate.html */
export const template: Emitter<"text search template"> = { create: withProperties, drop };

function withProperties(fact: Fact<"text search parser" | "text search template">): readonly Emitted[] {
  const properties = Object.entries(fact.properties).map(([name, value]) => `${name} = ${value}`);
  return [{ sql: `CREATE ${objectName(fact)} (${properties.join(", ")})` }];
}

/** https://www.postgresql.org/docs/current/sql-altertsdictionary.html */
export const dictionary: Emitter<"text search dictionary"> = {
  create(fact) {
    const options = fact.options ? `, ${fact.options}` : "";
    return [{ sql: `CREATE ${objectName(fact)} (TEMPLATE = ${fact.template}${options})` }];
  },
  drop,
  alter({ from, to, fields }: Change<"text search dictionary">): Alteration | undefined {
    if (fields.has("template")) return undefined;
    const names = new Set(optionNames(to.options));
    const gone = optionNames(from.options).filter((name) => !names.has(name));
    const steps = [...gone, ...(to.options ? [to.options] : [])];
    return { statements: [{ sql: `ALTER ${objectName(to)} (${steps.join(", ")})` }] };
  },
};

/** The names in `accept = 'false', stopwords = 'x'`. */
function optionNames(options = ""): readonly string[] {
  const items = options.matchAll(/("(?:[^"]|"")*"|[^\s=,"']+)\s*=\s*(?:E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|[^,]*)/gs);
  return [...items].map(([, name]) => name!);
}

/** https://www.postgresql.org/docs/current/sql-altertsconfig.html */
export const configuration: Emitter<"text search configuration"> = {
  create: (fact) => [
    { sql: `CREATE ${objectName(fact)} (PARSER = ${fact.parser})` },
    ...mappings(fact, Object.keys(fact.mappings), "ADD"),
  ],
  drop,
  alter({ from, to, fields }: Change<"text search configuration">): Alteration | undefined {
    if (fields.has("parser")) return undefined;
    const gone = Object.keys(from.mappings).filter((token) => to.mappings[token] === undefined);
    const come = Object.keys(to.mappings).filter((token) => from.mappings[token] === undefined);
    const changed = Object.keys(to.mappings).filter((token) => {
      const was = from.mappings[token];
      return was !== undefined && was.join() !== to.mappings[token]!.join();
    });
    const dropped =
      gone.length === 0
        ? []
        : [{ sql: `ALTER ${objectName(to)} DROP MAPPING FOR ${gone.map(quoteIdentifier).join(", ")}` }];
    return { statements: [...dropped, ...mappings(to, changed, "ALTER"), ...mappings(to, come, "ADD")] };
  },
};

/** One statement for the token types that go to the same dictionaries. */
function mappings(
  fact: Fact<"text search configuration">,
  tokens: readonly string[],
  verb: "ADD" | "ALTER",
): readonly Emitted[] {
  const alike = Map.groupBy(tokens, (token) => fact.mappings[token]!.join(", "));
  return [...alike].map(([dictionaries, each]) => ({
    sql: `ALTER ${objectName(fact)} ${verb} MAPPING FOR ${each.map(quoteIdentifier).join(", ")} WITH ${dictionaries}`,
  }));
}

/** https://www.postgresql.org/docs/current/sql-createcollation.html */
export const collation: Emitter<"collation"> = {
  create(fact) {
    const { provider, locale, lcCtype, nondeterministic, rules } = fact;
    const properties = [
      `PROVIDER = ${provider}`,
      locale !== undefined && `${lcCtype === undefined ? "LOCALE" : "LC_COLLATE"} = ${literal(locale)}`,
      lcCtype !== undefined && `LC_CTYPE = ${literal(lcCtype)}`,
      nondeterministic && "DETERMINISTIC = false",
      rules !== undefined && `RULES = ${literal(rules)}`,
    ];
    return [{ sql: `CREATE COLLATION ${addressOf(fact.key)} (${properties.filter(Boolean).join(", ")})` }];
  },
  drop,
};

function drop(fact: Fact): readonly Emitted[] {
  return [{ sql: `DROP ${objectName(fact)}` }];
}
