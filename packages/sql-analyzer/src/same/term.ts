// Owns the shape that SQL is brought into before it is compared: a tree without what the server adds, drops or rewrites.

export type Term = Constant | Column | Cast | Name | Group;

export interface Constant {
  readonly is: "constant";
  readonly form: "string" | "number" | "boolean" | "null";
  readonly value: string;
  /** The type that it is cast to, as `TypeName`. */
  readonly type: string | undefined;
  /** Values of its type are spelled in one way only. */
  readonly literal?: true;
}

export interface Column {
  readonly is: "column";
  /** The item of a FROM that it belongs to, by number; undefined where that cannot be told. */
  readonly of: number | undefined;
  readonly name: string;
  readonly type: string | undefined;
}

export interface Cast {
  readonly is: "cast";
  readonly type: string;
  readonly of: Term;
}

/** The name of something in a schema. */
export interface Name {
  readonly is: "name";
  readonly name: string;
  /** The schema, or those that it may be in; empty where it may be in any. */
  readonly schemas: readonly string[];
}

/** An operator, a call, a clause: whatever has parts. */
export interface Group {
  readonly is: "group";
  readonly head: string;
  readonly parts: readonly Term[];
  readonly type: string | undefined;
  /** What the server does with a part whose type does not fit. */
  readonly fits: Fitting;
}

/**
 * `operands`: casts them until there is an operator for them. `texts`: casts strings of any type to text. `alike`: casts
 * numbers to the widest of their types. `not`: nothing that can be foreseen.
 */
export type Fitting = "operands" | "texts" | "alike" | "not";

export function group(head: string, parts: readonly Term[], type?: string | undefined, fits: Fitting = "not"): Group {
  return { is: "group", head, parts, type, fits };
}

export const nothing: Group = group("nothing", []);

export function typeOfTerm(term: Term): string | undefined {
  if (term.is === "name") return undefined;
  if (term.is === "constant") return term.type ?? typeOfForm(term);
  return term.type;
}

function typeOfForm({ form, value }: Constant): string | undefined {
  if (form === "boolean") return "boolean";
  if (form !== "number") return undefined;
  if (!/^-?\d+$/.test(value)) return "numeric";
  const number = Number(value);
  return Math.abs(number) < 2 ** 31 ? "integer" : Math.abs(number) < 2 ** 63 ? "bigint" : "numeric";
}
