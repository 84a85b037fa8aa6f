// Owns the reading of what fires or holds on a table's rows: policies, triggers, rules.
import { keyAlone, keyIn, triggerCondition } from "@clew/sql-analyzer";
import { text, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface PolicyRow {
  readonly oid: number;
  readonly name: string;
  readonly table: number;
  readonly command: keyof typeof commands;
  readonly permissive: boolean;
  readonly roles: readonly number[];
  readonly using: string | null;
  readonly check: string | null;
}

const commands = { "*": "all", r: "select", a: "insert", w: "update", d: "delete" } as const;

export const policies: Reading<PolicyRow> = {
  sql: `SELECT p.oid::bigint AS oid, p.polname AS name, p.polrelid::bigint AS table, p.polcmd AS command,
    p.polpermissive AS permissive, p.polroles::bigint[] AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_catalog.pg_policy p WHERE p.oid NOT IN ${members("pg_policy")}`,
  gather(census, rows) {
    for (const row of rows) {
      const parent = census.key("pg_class", row.table);
      if (parent === undefined) continue;
      const about = { key: keyIn(parent, "policy", row.name), name: row.name, parent };
      census.add("policy", ["pg_policy", row.oid], about, {
        command: commands[row.command],
        restrictive: !row.permissive,
        roles: row.roles.map((role) => census.role(role)).sort(),
        using: text(row.using),
        check: text(row.check),
      });
    }
  },
};

interface TriggerRow {
  readonly oid: number;
  readonly name: string;
  readonly table: number;
  readonly type: number;
  readonly columns: readonly number[];
  readonly function: number;
  readonly arguments: string;
  readonly oldTable: string | null;
  readonly newTable: string | null;
  readonly constraint: boolean;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly references: number | null;
  readonly enabled: keyof typeof states;
  readonly conditional: boolean;
  readonly definition: string;
}

const states = { O: undefined, D: "disabled", R: "replica", A: "always" } as const;

/** A partition's copy of a trigger, on 14 an internal one, is a fact only where it does not fire as the original does. */
export const triggers: Reading<TriggerRow> = {
  sql: `SELECT g.oid::bigint AS oid, g.tgname AS name, g.tgrelid::bigint AS table, g.tgtype AS type, g.tgattr::smallint[] AS columns,
    g.tgfoid::bigint AS function, encode(g.tgargs, 'hex') AS arguments, g.tgoldtable AS "oldTable", g.tgnewtable AS "newTable",
    g.tgconstraint <> 0 AS constraint, g.tgdeferrable AS deferrable, g.tginitdeferred AS deferred,
    nullif(g.tgconstrrelid, 0)::bigint AS references, g.tgenabled AS enabled, g.tgqual IS NOT NULL AS conditional,
    pg_catalog.pg_get_triggerdef(g.oid) AS definition
  FROM pg_catalog.pg_trigger g
    LEFT JOIN pg_catalog.pg_trigger original ON original.oid = g.tgparentid
  WHERE NOT coalesce(original.tgisinternal, g.tgisinternal) AND g.oid NOT IN ${members("pg_trigger")} AND (g.tgrelid NOT IN ${members("pg_class")} OR g.tgfoid NOT IN ${members("pg_proc")})
    AND (g.tgparentid = 0 OR g.tgenabled <> original.tgenabled)`,
  gather(census, rows) {
    for (const row of rows) addTrigger(census, row);
  },
};

/** Bits of pg_trigger.tgtype, from src/include/catalog/pg_trigger.h. */
const bits = { row: 1, before: 2, insert: 4, delete: 8, update: 16, truncate: 32, instead: 64 };
const events = ["insert", "delete", "update", "truncate"] as const;

function addTrigger(census: Census, row: TriggerRow): void {
  const parent = census.key("pg_class", row.table);
  const called = census.key("pg_proc", row.function);
  if (parent === undefined || called === undefined) return;
  const { oid, name, type, definition, oldTable, newTable, constraint, deferrable } = row;
  const has = (bit: keyof typeof bits): boolean => (type & bits[bit]) !== 0;
  const named = census.columns(row.table, row.columns);
  const given = argumentsOf(row.arguments);
  const about = { key: keyIn(parent, "trigger", name), name, parent, definition };
  census.add("trigger", ["pg_trigger", oid], about, {
    timing: has("before") ? "before" : has("instead") ? "instead of" : "after",
    events: events.filter(has),
    columns: named.length > 0 ? named : undefined,
    forEach: has("row") ? "row" : "statement",
    // pg_get_expr cannot print OLD and NEW
    when: row.conditional ? text(triggerCondition(definition)) : undefined,
    function: called,
    arguments: given.length > 0 ? given : undefined,
    oldTable,
    newTable,
    constraint,
    deferrable,
    initiallyDeferred: row.deferred,
    references: census.key("pg_class", row.references),
    enabled: states[row.enabled],
  });
}

/** Each argument ends with a zero byte. */
function argumentsOf(hex: string): string[] {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return new TextDecoder().decode(bytes).split("\0").slice(0, -1);
}

interface RuleRow {
  readonly oid: number;
  readonly name: string;
  readonly table: number;
  readonly event: keyof typeof ruleEvents;
  readonly instead: boolean;
  readonly enabled: keyof typeof states;
  readonly rule: string;
}

const ruleEvents = { 1: "select", 2: "update", 3: "insert", 4: "delete" } as const;

export const rules: Reading<RuleRow> = {
  sql: `SELECT r.oid::bigint AS oid, r.rulename AS name, r.ev_class::bigint AS table, r.ev_type AS event,
    r.is_instead AS instead, r.ev_enabled AS enabled, pg_catalog.pg_get_ruledef(r.oid) AS rule
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN space s ON s.oid = c.relnamespace
  WHERE r.rulename <> '_RETURN' AND r.oid NOT IN ${members("pg_rewrite")} AND r.ev_class NOT IN ${members("pg_class")}`,
  gather(census, rows) {
    for (const { oid, name, table, event, instead, enabled, rule } of rows) {
      const parent = census.key("pg_class", table);
      if (parent === undefined) continue;
      census.add(
        "rule",
        ["pg_rewrite", oid],
        { key: keyIn(parent, "rule", name), name, parent },
        {
          event: ruleEvents[event],
          instead,
          rule: { sql: rule.replace(/;$/, "") },
          enabled: states[enabled],
        },
      );
    }
  },
};

interface EventTriggerRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly event: string;
  readonly function: number;
  readonly tags: readonly string[] | null;
  readonly enabled: keyof typeof states;
}

export const eventTriggers: Reading<EventTriggerRow> = {
  sql: `SELECT e.oid::bigint AS oid, e.evtname AS name, e.evtowner::bigint AS owner, e.evtevent AS event,
    e.evtfoid::bigint AS function, e.evttags AS tags, e.evtenabled AS enabled
  FROM pg_catalog.pg_event_trigger e WHERE e.oid NOT IN ${members("pg_event_trigger")}`,
  gather(census, rows) {
    for (const row of rows) {
      const called = census.key("pg_proc", row.function);
      const { oid, name, owner, event, tags } = row;
      if (called === undefined) continue;
      census.add(
        "event trigger",
        ["pg_event_trigger", oid],
        { key: keyAlone("event trigger", name), name, owner },
        {
          event,
          function: called,
          tags,
          enabled: states[row.enabled],
        },
      );
    }
  },
};
