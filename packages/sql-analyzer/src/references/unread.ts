// Owns which names a statement may make that could not be read: those that it says, and those put together of pieces.
import type { Opaque } from "../fold/scene.ts";
import { type Working, routineKinds } from "../fold/working.ts";
import { Lexer, STRING } from "../lexer.ts";
import { namesMentioned } from "../mentions.ts";

/** The text of a statement that could not be read, with the bodies of the routines that it calls. */
export class Unread {
  readonly #words = new Set<string>();
  readonly #pieces = new Set<string>();

  constructor(text: string, bodies: readonly string[] = []) {
    const all = [text, ...bodies];
    for (const each of all) for (const name of namesMentioned(each)) this.#words.add(name.toLowerCase());
    if (!all.some((each) => /\bexecute\b/i.test(each)) || !all.some((each) => /\b(?:create|rename|add)\b/i.test(each)))
      return;
    for (const each of all) for (const piece of piecesIn(each)) this.#pieces.add(piece);
    // What a call is given goes into the names.
    if (bodies.length > 0) for (const piece of stringsIn(text)) this.#pieces.add(piece);
  }

  mayMake(name: string): boolean {
    const lower = name.toLowerCase();
    return this.#words.has(lower) || [...this.#pieces].some((piece) => lower.includes(piece));
  }
}

/** A statement that names something unknown still makes what it says. */
export function makesMore({ reason }: Partial<Opaque>): boolean {
  return reason !== "unknown-object" && reason !== "rolled-back";
}

/** Whether what could not be read may have made something of a name. */
export function madeUnread(opaque: readonly Opaque[]): (name: string) => boolean {
  const unread = opaque.filter(makesMore).map(({ text }) => new Unread(text));
  return (name) => unread.some((each) => each.mayMake(name));
}

// Pieces of identifiers in the strings of a text that end or begin at something filled in.
function* piecesIn(text: string): Iterable<string> {
  for (const [, before, after] of text.matchAll(/(\w{3,}_)(?:%|'|\d)|(?:%[Is]|')(_\w{3,})/g)) {
    const piece = before ?? after;
    if (piece !== undefined) yield piece.toLowerCase();
  }
}

function* stringsIn(text: string): Iterable<string> {
  const lexer = new Lexer(text);
  while (lexer.next()) {
    const [, name] = lexer.kind === STRING ? (/^'(\w{4,})'$/.exec(text.slice(lexer.start, lexer.end)) ?? []) : [];
    if (name !== undefined) yield name.toLowerCase();
  }
}

/** The bodies of the routines that a text calls, and of those that they call. */
export function bodiesCalled(catalog: Working, text: string): readonly string[] {
  const found = new Set<string>();
  const follow = (each: string): void => {
    for (const [, quoted, word] of each.matchAll(/(?:"([^"]+)"|([\w$]+))\s*\(/g)) {
      for (const fact of catalog.named(quoted ?? word!.toLowerCase(), ...routineKinds)) {
        const body = fact.kind === "aggregate" ? undefined : (fact as { readonly body?: string }).body;
        if (body === undefined || found.has(body)) continue;
        found.add(body);
        follow(body);
      }
    }
  };
  follow(text);
  return [...found];
}
