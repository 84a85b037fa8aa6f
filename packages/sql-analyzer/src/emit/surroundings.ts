// Owns schemas, extensions, event triggers, the database itself, and what nobody can print, as SQL.
import { addressOf } from "../catalog/keys.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { objectName } from "./address.ts";
import { block, onThisDatabase, settingsChange } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";

export const schema: Emitter<"schema"> = {
  create: (fact) => [{ sql: `CREATE ${objectName(fact)}` }],
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
};

/** https://www.postgresql.org/docs/current/sql-alterextension.html */
export const extension: Emitter<"extension"> = {
  create: (fact) => [
    {
      sql: `CREATE ${objectName(fact)} SCHEMA ${quoteIdentifier(fact.schema)}${fact.version === "" ? "" : ` VERSION ${literal(fact.version)}`}`,
    },
  ],
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ from, to, fields }: Change<"extension">): Alteration {
    const statements: Emitted[] = [];
    if (fields.has("schema")) {
      statements.push({ sql: `ALTER ${objectName(to)} SET SCHEMA ${quoteIdentifier(to.schema)}` });
    }
    if (!fields.has("version")) return { statements };
    // Few extensions can be taken to an older version; then the newer one stays.
    const paths = `SELECT FROM pg_catalog.pg_extension_update_paths(${literal(to.name)}) WHERE source = ${literal(from.version)} AND target = ${literal(to.version)} AND path IS NOT NULL`;
    const update = `ALTER ${objectName(to)} UPDATE TO ${literal(to.version)}`;
    statements.push({ sql: block(`IF EXISTS (${paths}) THEN ${update}; END IF;`) });
    return {
      statements,
      loses: [`version ${to.version} of ${to.key}, unless it has a way there from ${from.version},`],
    };
  },
};

/** Its name is not known, so that one catalog can be compared with that of another database. */
export const database: Emitter<"database"> = {
  create: () => undefined,
  drop: () => [],
  alter: ({ from, to }: Change<"database">): Alteration => ({
    statements: settingsChange(from.settings, to.settings).map((step) => ({
      sql: block(onThisDatabase("ALTER DATABASE", step)),
    })),
  }),
};

/** https://www.postgresql.org/docs/current/sql-createeventtrigger.html */
export const eventTrigger: Emitter<"event trigger"> = {
  create(fact) {
    const tags = fact.tags === undefined ? "" : ` WHEN TAG IN (${fact.tags.map(literal).join(", ")})`;
    const sql = `CREATE ${objectName(fact)} ON ${fact.event}${tags} EXECUTE FUNCTION ${addressOf(fact.function)}`;
    const states = fact.enabled === undefined ? [] : [{ sql: `ALTER ${objectName(fact)} ${state[fact.enabled]}` }];
    return [{ sql }, ...states];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ to, fields }: Change<"event trigger">): Alteration | undefined {
    if ([...fields].some((field) => field !== "enabled")) return undefined;
    return { statements: [{ sql: `ALTER ${objectName(to)} ${state[to.enabled ?? "origin"]}` }] };
  },
};

const state = { disabled: "DISABLE", replica: "ENABLE REPLICA", always: "ENABLE ALWAYS", origin: "ENABLE" } as const;

/** What the catalog has no shape for can be dropped, and not made. */
export const other: Emitter<"object"> = {
  create: () => undefined,
  drop: (fact) =>
    // A subscription with a slot is dropped there as well, which no ROLLBACK could undo.
    [
      fact.type === "subscription"
        ? { sql: `DROP ${objectName(fact)}`, alone: true }
        : { sql: `DROP ${objectName(fact)}` },
    ],
};
