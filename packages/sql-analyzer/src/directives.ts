// Directives: comments before the first statement that say how a file wants to be run.
import { endOfBlockComment, endOfLine, isSpace } from "./lexer.ts";

/** A directive as the author wrote it; `start` and `end` are the UTF-16 offsets of its comment. */
export interface Directive {
  readonly written: string;
  readonly start: number;
  readonly end: number;
}

/** What a file asks for, in the `--` comments before its first statement. */
export interface Directives {
  /** The file asks not to be wrapped into a transaction: each statement stands by itself. */
  readonly noTransaction?: Directive;
  /** The rows that the file changes or destroys are not to be kept for its rollback. */
  readonly noArchive?: Directive;
  /** Tables that the file drops are to be moved into the archive, not copied. */
  readonly moveDropped?: Directive;
}

// The first two are anybody's; the others are those of the tools that a project may come from.
const noTransaction = [
  /^supabase:disable-transaction$/,
  /^no-transaction$/,
  /^! *no-transaction$/, // graphile-migrate
  /^atlas:txmode +none$/,
  /^\+goose +NO +TRANSACTION$/i,
  /^migrate:up\b.*\btransaction:false\b/, // dbmate
];

const noArchive = /^clew: *no-archive$/;
const moveDropped = /^clew: *move-dropped$/;

/** The directives among the `--` comments before the first statement. */
export function readDirectives(text: string): Directives {
  const found: { -readonly [Name in keyof Directives]: Directives[Name] } = {};
  for (const comment of leadingComments(text)) {
    const said = comment.written.slice(2).trim();
    if (noTransaction.some((pattern) => pattern.test(said))) found.noTransaction ??= comment;
    if (noArchive.test(said)) found.noArchive ??= comment;
    if (moveDropped.test(said)) found.moveDropped ??= comment;
  }
  return found;
}

function* leadingComments(text: string): Generator<Directive> {
  let i = 0;
  while (i < text.length) {
    if (isSpace(text.charCodeAt(i)) || text[i] === ";") i++;
    else if (text.startsWith("--", i)) {
      const end = endOfLine(text, i);
      const written = text.slice(i, end).trimEnd();
      yield { written, start: i, end: i + written.length };
      i = end;
    } else if (text.startsWith("/*", i)) {
      i = endOfBlockComment(text, i);
      if (i < 0) return;
    } else return;
  }
}
