// Owns the kinds of values that settings take: what fits, how that is told to people, and to editors as JSON Schema.
import type { BackupScope, RetentionPolicy, VerifyLevel } from "@clew/backup";
import type { ApprovalDemand, HistoryTable, Platform, Pooler, ProofDemand, ScratchPlace } from "@clew/core";
import { parseDuration } from "../durations.ts";
import type { LogLevel } from "../output.ts";
import { parseSize } from "../sizes.ts";
import type { Duration, Hook, Size } from "./settings.ts";

/** A kind of values. */
export interface Kind<Written> {
  /** What is wanted, as the end of "must be …". */
  readonly wanted: string;
  readonly fits: (value: unknown) => value is Written;
  readonly schema: object;
}

export const text: Kind<string> = {
  wanted: "text",
  fits: (value) => typeof value === "string",
  schema: { type: "string" },
};

/** A folder, meant from where the configuration is. */
export const path: Kind<string> = { ...text, wanted: "a folder" };

export const approval: Kind<ApprovalDemand> = {
  wanted: '"none", "required", or how many must approve',
  fits: (value): value is ApprovalDemand =>
    value === "none" || value === "required" || (Number.isInteger(value) && (value as number) > 0),
  schema: { oneOf: [{ enum: ["none", "required"] }, { type: "integer", minimum: 1 }] },
};

export const toggle: Kind<boolean> = {
  wanted: "true or false",
  fits: (value) => typeof value === "boolean",
  schema: { type: "boolean" },
};

export const time: Kind<Duration> = {
  wanted: 'milliseconds or a time such as "5s"',
  fits: (value): value is Duration =>
    typeof value === "string"
      ? parseDuration(value) !== undefined
      : Number.isInteger(value) && parseDuration(String(value)) !== undefined,
  schema: {
    oneOf: [
      { type: "integer", minimum: 0 },
      { type: "string", pattern: String.raw`^\d+(\.\d+)? ?(ms|s|m|min|h)?$` },
    ],
  },
};

export const size: Kind<Size> = {
  wanted: 'bytes or a size such as "500MB"',
  fits: (value): value is Size =>
    typeof value === "string" ? parseSize(value) !== undefined : Number.isInteger(value) && (value as number) >= 0,
  schema: {
    oneOf: [
      { type: "integer", minimum: 0 },
      { type: "string", pattern: String.raw`^\d+(\.\d+)? ?(B|kB|MB|GB|TB)?$` },
    ],
  },
};

export const whole: Kind<number> = {
  wanted: "a whole number from 0",
  fits: (value): value is number => Number.isInteger(value) && (value as number) >= 0,
  schema: { type: "integer", minimum: 0 },
};

export const some: Kind<number> = {
  wanted: "a whole number from 1",
  fits: (value): value is number => whole.fits(value) && value > 0,
  schema: { type: "integer", minimum: 1 },
};

export const folder: Kind<string | true> = {
  wanted: "a folder, or true",
  fits: (value) => typeof value === "string" || value === true,
  schema: { oneOf: [{ type: "string" }, { const: true }] },
};

export const table: Kind<HistoryTable> = {
  wanted: "{ schema, table }",
  fits: (value): value is HistoryTable =>
    isObject(value) &&
    Object.keys(value).sort().join() === "schema,table" &&
    Object.values(value).every((one) => typeof one === "string"),
  schema: {
    type: "object",
    required: ["schema", "table"],
    additionalProperties: false,
    properties: { schema: { type: "string" }, table: { type: "string" } },
  },
};

export const platform: Kind<Platform> = oneOf("supabase", "postgres");

export const pooler: Kind<Pooler> = oneOf("transaction", "session");

export const partial: Kind<"rollback" | "resume"> = oneOf("rollback", "resume");

export const level: Kind<LogLevel> = oneOf("debug", "info", "warning", "error");

export const backupScope: Kind<BackupScope> = oneOf("none", "scoped", "schema", "full");

export const verifyLevel: Kind<VerifyLevel> = oneOf("checksum", "decode", "restore");

const rules: readonly string[] = [
  "last",
  "days",
  "daily",
  "weekly",
  "monthly",
  "bytes",
] satisfies readonly (keyof RetentionPolicy)[];

export const retention: Kind<RetentionPolicy> = {
  wanted: `numbers by rule: { ${rules.join(", ")} }`,
  fits: (value): value is RetentionPolicy =>
    isObject(value) && Object.entries(value).every(([rule, count]) => rules.includes(rule) && whole.fits(count)),
  schema: {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(rules.map((rule) => [rule, { type: "integer", minimum: 0 }])),
  },
};

/** A version without a reason is not excepted. */
export const proof: Kind<ProofDemand> = {
  wanted: '"optional", "required", or { except: { version: reason } }',
  fits: (value): value is ProofDemand => {
    if (value === "optional" || value === "required") return true;
    if (!isObject(value) || Object.keys(value).join() !== "except") return false;
    const { except } = value as { readonly except: unknown };
    if (!isObject(except)) return false;
    return Object.entries(except).every(
      ([version, reason]) => /^\d+$/.test(version) && typeof reason === "string" && reason.trim() !== "",
    );
  },
  schema: {
    oneOf: [
      { enum: ["optional", "required"] },
      {
        type: "object",
        required: ["except"],
        additionalProperties: false,
        properties: {
          except: {
            type: "object",
            propertyNames: { pattern: "^[0-9]+$" },
            additionalProperties: { type: "string", minLength: 1 },
          },
        },
      },
    ],
  },
};

const place = /^(?:server|embedded|postgres(?:ql)?:\/\/.+)$/;

export const scratch: Kind<ScratchPlace> = {
  wanted: "server, embedded, or the URL of a server",
  fits: (value): value is ScratchPlace => typeof value === "string" && place.test(value),
  schema: { type: "string", pattern: place.source },
};

export const logs: Kind<string | false> = {
  wanted: "a folder, or false",
  fits: (value): value is string | false => (typeof value === "string" && value !== "") || value === false,
  schema: { oneOf: [{ type: "string", minLength: 1 }, { const: false }] },
};

/** JSON has no functions: there a hook is a word. */
export const hooks: Kind<readonly (Hook | "claude-flow")[]> = {
  wanted: 'a list of hooks, such as [claudeFlow()] or ["claude-flow"]',
  fits: (value): value is readonly (Hook | "claude-flow")[] =>
    Array.isArray(value) &&
    value.every((one) => one === "claude-flow" || (isObject(one) && typeof (one as Hook).observe === "function")),
  schema: { type: "array", items: { enum: ["claude-flow"] } },
};

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneOf<Word extends string>(...words: readonly Word[]): Kind<Word> {
  const quoted = words.map((word) => `"${word}"`);
  return {
    wanted: `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
    fits: (value): value is Word => words.includes(value as Word),
    schema: { enum: words },
  };
}
