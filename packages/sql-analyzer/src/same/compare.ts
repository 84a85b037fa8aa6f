// Owns the comparison of what was written with what the server prints, as terms.
import type { Sameness } from "../catalog/diff.ts";
import { compareConstants } from "./constants.ts";
import { type Cast, type Group, group, nothing, type Term, typeOfTerm } from "./term.ts";
import { castsOperand, isString, isWider } from "./types.ts";

/** How a term stands in the one around it. */
interface Place {
  readonly fits: Group["fits"] | "as";
  /** The types of the parts beside it. */
  readonly beside: readonly (string | undefined)[];
}

/** The place of a text of which the type is known that is wanted. */
export function placeOf(type: string | undefined): Place {
  return type === undefined ? alone : { fits: "as", beside: [type] };
}

function theOne({ beside }: Place): string | undefined {
  return beside.length === 1 ? beside[0] : undefined;
}

const alone: Place = { fits: "not", beside: [] };

export function compareTerms(written: Term, printed: Term, place: Place = alone): Sameness {
  if (written.is === "constant" && printed.is === "constant") {
    const context = place.fits === "operands" || place.fits === "as" ? theOne(place) : undefined;
    return compareConstants(written, printed, context, place.fits === "as");
  }
  if (written.is === "column" && printed.is === "column") {
    if (written.name !== printed.name)
      return written.of === printed.of && written.of !== undefined ? "different" : "unknown";
    if (written.of === undefined || printed.of === undefined) return "unknown";
    return written.of === printed.of ? "same" : "different";
  }
  if (written.is === "name" && printed.is === "name") {
    if (written.name !== printed.name) return "different";
    const [one, other] = [written.schemas, printed.schemas];
    if (one.length === 0 || other.length === 0) return "unknown";
    if (!one.some((schema) => other.includes(schema))) return "different";
    return "same";
  }
  if (written.is === "cast" || printed.is === "cast") return compareCasts(written, printed, place);
  if (written.is === "group" && printed.is === "group") return compareGroups(written, printed);
  return isOpen(written) || isOpen(printed) ? "unknown" : "different";
}

function compareCasts(written: Term, printed: Term, place: Place): Sameness {
  if (written.is === "cast" && printed.is === "cast" && written.type === printed.type) {
    const same = compareTerms(written.of, printed.of);
    if (same !== "different") return same;
  }
  // It has read the cast of an array as casts of its elements, and prints it as it was said where that was IN.
  if (isArray(written) && printed.is === "cast" && isArray(printed.of) && printed.type === written.type)
    return compareGroups(written, castEach(printed.of, printed.type.slice(0, -2)));
  if (printed.is === "cast" && isAdded(printed, written, place)) return compareTerms(written, printed.of);
  // The server does not cast to the type that something has.
  if (written.is === "cast" && typeOfTerm(written.of) === written.type) return compareTerms(written.of, printed, place);
  if (written.is === "cast" && printed.is === "cast") {
    const inner = compareTerms(written.of, printed.of);
    return inner === "same" ? "different" : "unknown";
  }
  return "unknown";
}

function isArray(term: Term): term is Group {
  return term.is === "group" && term.head === "array";
}

function castEach(array: Group, type: string): Group {
  return { ...array, parts: array.parts.map((of) => ({ is: "cast", type, of })) };
}

/** Whether the server is what casts here. */
function isAdded(printed: Cast, written: Term, { fits, beside }: Place): boolean {
  const from = typeOfTerm(printed.of) ?? typeOfTerm(written);
  if (from === undefined) return false;
  if (fits === "operands") return castsOperand(from, printed.type, theOne({ fits, beside }));
  if (fits === "alike") return isWider(from, printed.type) && beside.includes(printed.type);
  return fits === "texts" && printed.type === "text" && isString(from);
}

function compareGroups(written: Group, printed: Group): Sameness {
  if (written.head === `in ${printed.head}`) return compareList(written, printed);
  if (written.head !== printed.head) return unforeseen(written, printed) ? "unknown" : "different";
  if (written.parts.length !== printed.parts.length) {
    return written.head === "targets" || isOpen(written) ? "unknown" : "different";
  }
  let found: Sameness = "same";
  for (const [index, part] of written.parts.entries()) {
    const place: Place = { fits: written.fits, beside: typesBeside(written, printed, index) };
    const same = compareTerms(part, printed.parts[index]!, place);
    if (same === "different") return same;
    if (same === "unknown") found = same;
  }
  return found;
}

/** The types of the other parts, as they are without the casts that the server adds. */
function typesBeside(written: Group, printed: Group, index: number): readonly (string | undefined)[] {
  const types = written.parts.map((part, at) => {
    const other = printed.parts[at]!;
    return typeOfTerm(part) ?? (other.is === "cast" ? undefined : typeOfTerm(other));
  });
  return types.filter((_, at) => at !== index);
}

/** Two ways of saying something that the server prints as it was said, such as btrim(x) and TRIM(x). */
function unforeseen(one: Group, other: Group): boolean {
  const [a, b] = [one.head.replace(/ sql$/, " call"), other.head.replace(/ sql$/, " call")];
  return a === b || isOpen(one) || isOpen(other);
}

/** A node of which it is not known how the server prints it. */
function isOpen(term: Term): boolean {
  return term.is === "group" && term.head.startsWith("node ");
}

/** `x IN (a, b)`, which is printed as `x = ANY (ARRAY[a, b])`, with two casts where x is character varying. */
function compareList(written: Group, printed: Group): Sameness {
  const [subject, ...values] = written.parts;
  const [left = nothing, right = nothing] = printed.parts;
  const cast = right.is === "cast" && left.is === "cast" && right.type === `${left.type}[]`;
  const list = cast ? (right as Cast).of : right;
  const to = cast ? (left as Cast).of : left;
  if (list.is !== "group" || list.head !== "array") return "unknown";
  if (cast && !isVarying(to)) return "unknown";
  if (!cast && to.is === "cast" && isVarying(to.of)) return "unknown";
  return compareGroups(group("in", [subject!, ...values], "boolean"), group("in", [to, ...list.parts], "boolean"));
}

function isVarying(term: Term): boolean {
  return typeOfTerm(term)?.startsWith("character varying") ?? false;
}
