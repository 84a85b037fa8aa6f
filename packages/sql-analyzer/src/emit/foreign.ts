// Owns languages, foreign data wrappers, servers and user mappings as SQL. Secrets are not known, and left as they are.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { objectName, parentAddress } from "./address.ts";
import { grantee } from "./clauses.ts";
import { literal, words } from "./emitted.ts";
import type { Alteration, Change, Emitter } from "./emitter.ts";
import { changedWrapperOptions, secretsOf, wrapperOptions } from "./options.ts";

type Foreign = Fact<"foreign data wrapper" | "server" | "user mapping">;

/** https://www.postgresql.org/docs/current/sql-createlanguage.html */
export const language: Emitter<"language"> = {
  create: (fact) => [{ sql: createLanguage(fact, "CREATE") }],
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter: ({ to }) => ({ statements: [{ sql: createLanguage(to, "CREATE OR REPLACE") }] }),
};

function createLanguage(fact: Fact<"language">, verb: string): string {
  const { trusted, handler, inline, validator } = fact;
  return words(
    verb,
    trusted && "TRUSTED",
    `LANGUAGE ${addressOf(fact.key)}`,
    handler && `HANDLER ${handler}`,
    inline && `INLINE ${inline}`,
    validator && `VALIDATOR ${validator}`,
  );
}

/** https://www.postgresql.org/docs/current/sql-createforeigndatawrapper.html */
export const wrapper: Emitter<"foreign data wrapper"> = {
  create({ key, handler, validator, options }) {
    const sql = words(
      `CREATE FOREIGN DATA WRAPPER ${addressOf(key)}`,
      handler && `HANDLER ${handler}`,
      validator && `VALIDATOR ${validator}`,
      wrapperOptions(options),
    );
    return [{ sql }];
  },
  loses: secretsLost,
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ from, to, fields }: Change<"foreign data wrapper">): Alteration {
    const { handler, validator } = to;
    const steps = words(
      fields.has("handler") && (handler ? `HANDLER ${handler}` : "NO HANDLER"),
      fields.has("validator") && (validator ? `VALIDATOR ${validator}` : "NO VALIDATOR"),
      changedWrapperOptions(from.options, to.options),
    );
    return altered(from, to, steps);
  },
};

/** https://www.postgresql.org/docs/current/sql-createserver.html */
export const server: Emitter<"server"> = {
  create(fact) {
    const { type, version, options } = fact;
    const sql = words(
      `CREATE SERVER ${addressOf(fact.key)}`,
      type !== undefined && `TYPE ${literal(type)}`,
      version !== undefined && `VERSION ${literal(version)}`,
      `FOREIGN DATA WRAPPER ${addressOf(fact.wrapper)}`,
      wrapperOptions(options),
    );
    return [{ sql }];
  },
  loses: secretsLost,
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ from, to, fields }: Change<"server">): Alteration {
    const version = to.version === undefined ? "NULL" : literal(to.version);
    const options = changedWrapperOptions(from.options, to.options);
    const steps = words(fields.has("version") && `VERSION ${version}`, options);
    const { statements, loses = [] } = altered(from, to, steps);
    // Made anew it would lose the secrets of its users.
    const fixed = ["type", "wrapper"].filter((field) => fields.has(field));
    return { statements, loses: [...loses, ...fixed.map((field) => `the ${field} of ${to.key}`)] };
  },
};

/** https://www.postgresql.org/docs/current/sql-createusermapping.html */
export const userMapping: Emitter<"user mapping"> = {
  create: (fact) => [{ sql: words(`CREATE ${mapping(fact)}`, wrapperOptions(fact.options)) }],
  loses: secretsLost,
  drop: (fact) => [{ sql: `DROP ${mapping(fact)}` }],
  alter({ from, to }: Change<"user mapping">): Alteration {
    const steps = changedWrapperOptions(from.options, to.options);
    return {
      statements: steps === "" ? [] : [{ sql: `ALTER ${mapping(to)} ${steps}` }],
      loses: secretsBack(from, to),
    };
  },
};

function mapping(fact: Fact<"user mapping">): string {
  return `USER MAPPING FOR ${grantee(fact.name)} SERVER ${parentAddress(fact)}`;
}

function altered(from: Foreign, to: Foreign, steps: string): Alteration {
  const statements = steps === "" ? [] : [{ sql: `ALTER ${objectName(to)} ${steps}` }];
  return { statements, loses: secretsBack(from, to) };
}

function secretsLost(fact: Foreign): readonly string[] {
  return secretsOf(fact.options).map((name) => `the secret ${quoteIdentifier(name)} of ${fact.key}`);
}

/** Secrets that only the other state has. */
function secretsBack(from: Foreign, to: Foreign): readonly string[] {
  const there = new Set(secretsOf(from.options));
  const missing = secretsOf(to.options).filter((name) => !there.has(name));
  return missing.map((name) => `the secret ${quoteIdentifier(name)} of ${to.key}`);
}
