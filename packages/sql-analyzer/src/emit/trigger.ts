// Owns how triggers and rules are printed.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyIn, type Key } from "../catalog/keys.ts";
import type { Enabled } from "../catalog/relations.ts";
import { deferrability } from "./constraint-definition.ts";
import { emitted, literal, names, words } from "./emitted.ts";
import type { Emitted, Emitter } from "./emitter.ts";
import { heirsOf, tableOf } from "./within.ts";

type Trigger = Fact<"trigger">;
type Rule = Fact<"rule">;

/** https://www.postgresql.org/docs/current/sql-createtrigger.html */
export const trigger: Emitter<"trigger"> = {
  create: (fact, catalog) => (original(fact, catalog) ? [] : [createTrigger("CREATE", fact)]),
  finish: (fact, catalog) => (fact.enabled || original(fact, catalog) ? [state(fact)] : []),
  drop(fact, catalog) {
    const whole = original(fact, catalog);
    return whole ? [state(fact, whole.enabled ?? "origin")] : [{ sql: `DROP TRIGGER ${named(fact)}` }];
  },
  alter({ to, fields, after }) {
    const enabledOnly = [...fields].every((field) => field === "enabled");
    if (!enabledOnly && (to.constraint || original(to, after))) return undefined;
    const copies = copiesOf(to, after);
    const states = fields.has("enabled") || to.enabled ? [state(to), ...copies.map((copy) => state(copy))] : [];
    return { statements: enabledOnly ? states : [createTrigger("CREATE OR REPLACE", to), ...states] };
  },
};

function createTrigger(start: string, fact: Trigger): Emitted {
  const { timing, events, columns, forEach, oldTable, newTable, when } = fact;
  const on = events.map((event) =>
    event === "update" && columns ? `UPDATE OF ${names(columns)}` : event.toUpperCase(),
  );
  const transition = words(
    oldTable !== undefined && `OLD TABLE AS ${quoteIdentifier(oldTable)}`,
    newTable !== undefined && `NEW TABLE AS ${quoteIdentifier(newTable)}`,
  );
  const sql = words(
    start,
    fact.constraint && "CONSTRAINT",
    `TRIGGER ${quoteIdentifier(fact.name)}`,
    `${timing.toUpperCase()} ${on.join(" OR ")} ON ${addressOf(fact.parent!)}`,
    fact.references && `FROM ${addressOf(fact.references)}`,
    deferrability(fact),
    transition !== "" && `REFERENCING ${transition}`,
    `FOR EACH ${forEach.toUpperCase()}`,
    when && `WHEN (${when.sql})`,
    `EXECUTE FUNCTION ${addressOf(fact.function).replace(/\(\)$/, "")}(${(fact.arguments ?? []).map(literal).join(", ")})`,
  );
  return emitted(sql, when);
}

/** The trigger of the partitioned table that a partition's is a copy of: Postgres makes and drops that with it. */
function original(fact: Trigger, catalog: Catalog): Trigger | undefined {
  const table = tableOf(catalog, fact.parent);
  const parent = table?.bound && table.inherits![0]!;
  const whole = parent && catalog.facts[keyIn(parent, "trigger", fact.name)];
  if (parent && whole === undefined) return original({ ...fact, parent }, catalog);
  if (whole?.kind !== "trigger" || whole.forEach !== "row") return undefined;
  return whole;
}

/** The copies of a trigger that do not fire as it does; a statement about it is one about all of them. */
function copiesOf(fact: Trigger, catalog: Catalog): readonly Trigger[] {
  return heirsOf(catalog, fact.parent!).flatMap((heir: Key) => {
    const copy = catalog.facts[keyIn(heir, "trigger", fact.name)];
    const found = copy?.kind === "trigger" && original(copy, catalog) ? [copy] : [];
    return tableOf(catalog, heir)?.bound ? [...found, ...copiesOf({ ...fact, parent: heir }, catalog)] : [];
  });
}

function state(fact: Trigger | Rule, enabled: Enabled | "origin" = fact.enabled ?? "origin"): Emitted {
  const kind = fact.kind === "rule" ? "RULE" : "TRIGGER";
  return {
    sql: `ALTER TABLE ${addressOf(fact.parent!)} ${states[enabled]} ${kind} ${quoteIdentifier(fact.name)}`,
  };
}

const states = {
  origin: "ENABLE",
  disabled: "DISABLE",
  replica: "ENABLE REPLICA",
  always: "ENABLE ALWAYS",
} as const;

/** https://www.postgresql.org/docs/current/sql-createrule.html */
export const rule: Emitter<"rule"> = {
  create: (fact) => [createRule("CREATE RULE", fact)],
  finish: (fact) => (fact.enabled ? [state(fact)] : []),
  drop: (fact) => [{ sql: `DROP RULE ${named(fact)}` }],
  alter({ to, fields }) {
    return {
      statements: [
        ...(fields.has("rule") ? [createRule("CREATE OR REPLACE RULE", to)] : []),
        ...(fields.has("enabled") ? [state(to)] : []),
      ],
    };
  },
};

function createRule(start: string, { rule }: Rule): Emitted {
  return emitted(rule.sql.replace(/^\s*CREATE\s+(?:OR\s+REPLACE\s+)?RULE\b/i, start), rule);
}

function named({ name, parent }: Trigger | Rule): string {
  return `${quoteIdentifier(name)} ON ${addressOf(parent!)}`;
}
