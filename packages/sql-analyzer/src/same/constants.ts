// Owns whether two constants are the same value, as a type reads them.
import { readTime } from "./times.ts";
import { bareType, isString } from "./types.ts";
import type { Constant } from "./term.ts";
import type { Sameness } from "../catalog/diff.ts";

/**
 * `written` as a person wrote it; `printed` as the server prints it. `context`: the type that is wanted, where it is known;
 * beside an operator the server may still choose text.
 */
export function compareConstants(written: Constant, printed: Constant, context?: string, exact = false): Sameness {
  if (written.form === "null" || printed.form === "null") {
    if (written.form !== printed.form) return "different";
    return written.type === undefined || written.type === printed.type ? "same" : "unknown";
  }
  if (written.type !== undefined && printed.type !== undefined && written.type !== printed.type) return "different";
  if (written.form !== printed.form) return compareForms(written, printed, context);
  if (written.type !== undefined && printed.type === undefined) return "unknown";
  if (written.form !== "string") {
    if (written.value !== printed.value)
      return Number(written.value) === Number(printed.value) ? "unknown" : "different";
    return written.type === printed.type ? "same" : "unknown";
  }
  const type = printed.type ?? written.type;
  const said =
    type === undefined || written.literal || printed.literal
      ? sameIf(written.value === printed.value)
      : compareTexts(type, written.value, printed.value);
  const takes =
    written.type !== undefined ||
    type === undefined ||
    context === undefined ||
    takesType(context, type) ||
    (type === "text" && !exact);
  return said === "same" && !takes ? "unknown" : said;
}

/** Whether a string without a type comes to be of that type, where another is wanted. */
function takesType(context: string, type: string): boolean {
  const bare = bareType(context);
  // Of character(n) the server says bpchar.
  return type === bare || (type === "bpchar" && bare === "character") || type === `${bare}[]`;
}

/** '1' for an integer is printed as 1; -1 and 5000000000 are printed as strings with their type. */
function compareForms(written: Constant, printed: Constant, context: string | undefined): Sameness {
  if (printed.form === "boolean" && written.form === "string") {
    const value = booleanOf(written.value);
    const takes = (written.type ?? context) === "boolean";
    return value === undefined || (value === printed.value && !takes) ? "unknown" : sameIf(value === printed.value);
  }
  if (printed.form === "number" && written.form === "string") {
    const needed = /^-?\d+$/.test(printed.value) ? "integer" : "numeric";
    const same = compareNumbers(written.value, printed.value);
    return same === "same" && bareType(written.type ?? context ?? "") !== needed ? "unknown" : same;
  }
  if (written.form === "number" && printed.form === "string") {
    if (written.type !== undefined || !numeric.test(bareType(printed.type ?? ""))) return "unknown";
    const plain = /^\d+$/.test(written.value) && Number(written.value) < 2 ** 31;
    return plain ? "unknown" : compareNumbers(written.value, printed.value);
  }
  return "unknown";
}

const numeric = /^(?:smallint|integer|bigint|numeric|real|double precision)$/;

function sameIf(same: boolean): Sameness {
  return same ? "same" : "different";
}

function compareNumbers(one: string, other: string): Sameness {
  if (one.trim() === other) return "same";
  return Number(one) === Number(other) ? "unknown" : "different";
}

function booleanOf(text: string): string | undefined {
  const word = text.trim().toLowerCase();
  if (word === "") return undefined;
  if (word === "1" || word === "on" || "true".startsWith(word) || "yes".startsWith(word)) return "true";
  if (word === "0" || word === "off" || "false".startsWith(word) || "no".startsWith(word)) return "false";
  return undefined;
}

/** Two texts that a type reads. Most types have more than one spelling of a value. */
function compareTexts(type: string, one: string, other: string): Sameness {
  if (one === other) return "same";
  const bare = bareType(type);
  if (isString(type) || type === "json") return "different";
  if (numeric.test(bare)) return compareNumbers(one, other);
  if (bare === "interval") return compareRead(readInterval(one), readInterval(other));
  if (bare === "jsonb") return compareRead(readJson(one), readJson(other));
  if (bare.startsWith("reg")) return one.replaceAll('"', "") === other.replaceAll('"', "") ? "same" : "unknown";
  if (bare === "uuid") return sameIf(one.toLowerCase() === other.toLowerCase());
  if (bare === "boolean") return compareRead(booleanOf(one), booleanOf(other));
  if (bare === "date" || bare.startsWith("timestamp")) return compareTimes(bare, one, other);
  return "unknown";
}

/** What says no zone is of the session's, which is not known; of a type without one it is passed over. */
function compareTimes(type: string, one: string, other: string): Sameness {
  const [a, b] = [readTime(one), readTime(other)];
  if (a === undefined || b === undefined) return "unknown";
  if (type !== "timestamp with time zone") return a.zoned || b.zoned ? "unknown" : sameIf(a.at === b.at);
  return a.zoned && b.zoned ? sameIf(a.at === b.at) : a.at === b.at ? "same" : "unknown";
}

function compareRead(one: string | undefined, other: string | undefined): Sameness {
  if (one === undefined || other === undefined) return "unknown";
  return sameIf(one === other);
}

/** JSON with the keys in order, and its numbers as they are written; undefined where jsonb writes one otherwise: 1e2, -0. */
function readJson(text: string): string | undefined {
  const numbers = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  const odd = [...text.matchAll(numbers)].some(([part]) => /^-0(?:\.0*)?$|^[^"]*[eE]/.test(part));
  if (odd) return undefined;
  try {
    const quoted = text.replaceAll(numbers, (part) => (part.startsWith('"') ? part : `"\\u0000${part}"`));
    const value: unknown = JSON.parse(quoted, (_, part: unknown) => {
      if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Months, days and seconds; undefined where it says more than whole numbers of units. */
function readInterval(text: string): string | undefined {
  const parts = { months: 0, days: 0, seconds: 0 };
  const rest = text
    .trim()
    .toLowerCase()
    .replaceAll(
      /([+-]?)(\d+):(\d\d)(?::(\d\d))?(?![\d.])/g,
      (_, sign: string, hours: string, minutes: string, seconds = "0") => {
        const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
        parts.seconds += sign === "-" ? -time : time;
        return "";
      },
    )
    .replaceAll(/([+-]?\d+)\s*([a-z]+)(?![a-z.\d])/g, (all: string, count: string, unit: string) => {
      const known = units[unit.replace(/s$/, "")];
      if (known === undefined) return all;
      parts[known[0]] += Number(count) * known[1];
      return "";
    });
  return rest.trim() === "" && text.trim() !== "" ? JSON.stringify(parts) : undefined;
}

const units: { readonly [unit: string]: readonly ["months" | "days" | "seconds", number] | undefined } = {
  millennium: ["months", 12_000],
  century: ["months", 1200],
  decade: ["months", 120],
  year: ["months", 12],
  yr: ["months", 12],
  y: ["months", 12],
  month: ["months", 1],
  mon: ["months", 1],
  week: ["days", 7],
  w: ["days", 7],
  day: ["days", 1],
  d: ["days", 1],
  hour: ["seconds", 3600],
  hr: ["seconds", 3600],
  h: ["seconds", 3600],
  minute: ["seconds", 60],
  min: ["seconds", 60],
  m: ["seconds", 60],
  second: ["seconds", 1],
  sec: ["seconds", 1],
};
