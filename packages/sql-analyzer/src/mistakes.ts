// Names what is really there where a text is not SQL: psql's commands and data, templates, merge conflicts.
import type { Finding } from "./finding.ts";
import { endOfLine, Lexer } from "./lexer.ts";
import type { NewWord } from "./new-words.ts";

/** A line of psql's own language. */
export function psqlCommand(text: string, start: number, end: number): Finding {
  const command = /^\\(?:[a-z_]+|.)?/i.exec(text.slice(start, end))![0];
  return {
    code: "PSQL_COMMAND",
    severity: "error",
    message: `${command} is a command of psql, not SQL.`,
    help: psqlHelp[command] ?? "Remove the line, or write in SQL what it does.",
    at: { start, end },
  };
}

const psqlHelp: { readonly [command: string]: string } = {
  "\\restrict": "pg_dump adds this line for psql. Remove it.",
  "\\unrestrict": "pg_dump adds this line for psql. Remove it.",
  "\\connect": "A migration runs in the database it is given. Remove the line.",
  "\\c": "A migration runs in the database it is given. Remove the line.",
  "\\i": "Put the other file's statements here, or make it a migration of its own.",
  "\\ir": "Put the other file's statements here, or make it a migration of its own.",
  "\\include": "Put the other file's statements here, or make it a migration of its own.",
  "\\copy": "Write the rows as INSERT statements.",
  "\\.": "It ends the data of COPY … FROM stdin. Write the rows as INSERT statements.",
  "\\gexec": "Run the generated statements with EXECUTE in a DO block.",
  "\\echo": "Remove the line, or use RAISE NOTICE in a DO block.",
  "\\set": "Remove the line, and write the value where the variable is used.",
};

/** A `COPY … FROM stdin` statement. */
export function copyFromStdin(start: number, end: number): Finding {
  return {
    code: "COPY_FROM_STDIN",
    severity: "error",
    message: "COPY … FROM stdin takes its rows from psql, not from SQL.",
    help: "Write the rows as INSERT statements (`pg_dump --rows-per-insert=1000` does), or leave them out (`--schema-only`).",
    at: { start, end },
  };
}

/** The comment after which another tool's file undoes what it did before. */
export function downSection(start: number, end: number): Finding {
  return {
    code: "DOWN_SECTION",
    severity: "error",
    message: "What follows this comment undoes the migration, and would run with it.",
    help: "Move it into <version>_<name>.down.sql.",
    at: { start, end },
  };
}

/** Such comments: of dbmate, goose and node-pg-migrate. */
export const downComment: RegExp = /^--[ \t]*(?:migrate:down\b.*|\+goose[ \t]+down\b.*|down migration[ \t]*)$/gim;

/** A name that later versions refuse; `start` is its statement's. */
export function newWord(start: number, { word, offset, since }: NewWord): Finding {
  return {
    code: "NEW_KEY_WORD",
    severity: "warning",
    message: `${word} is a key word since PostgreSQL ${since}, which refuses it here as a name.`,
    help: `Write "${word}", in double quotes.`,
    at: { start: start + offset, end: start + offset + word.length },
  };
}

/** A statement that the parser's stack does not hold. */
export function tooDeep(start: number, end: number): Finding {
  return {
    code: "TOO_DEEP",
    severity: "warning",
    message: "The statement is nested too deeply to be looked at; it will be sent as it is.",
    help: "Write long chains as a list (VALUES, ARRAY[…]), queries in queries as WITH, or several statements.",
    at: { start, end },
  };
}

/** What the parser said about the statement from `start` to `end`, with the error at `offset` of the text. */
export function syntaxError(text: string, start: number, end: number, offset: number, message: string): Finding {
  const placeholder = placeholderAt(text, start, end, offset);
  if (placeholder !== undefined) {
    return {
      code: "TEMPLATE_PLACEHOLDER",
      severity: "error",
      message: `${text.slice(placeholder.start, placeholder.end)} is a placeholder that nobody has filled in.`,
      help: "Migrations are sent as they are: put the value there, or use current_setting('…') or a DO block.",
      at: placeholder,
    };
  }
  const lexer = new Lexer(text, offset);
  const found = lexer.next() && lexer.start < end;
  return {
    code: "SYNTAX_ERROR",
    severity: "error",
    message: shortened(message),
    ...(message.startsWith("memory exhausted") && {
      help: "The statement is nested more deeply than PostgreSQL's parser allows. Split it.",
    }),
    at: found ? { start: lexer.start, end: Math.min(lexer.end, end) } : { start: offset, end },
  };
}

// PostgreSQL quotes all of a string that is not closed, which may be the rest of the file.
function shortened(message: string): string {
  const line = message.split(/[\n\r]/, 1)[0]!;
  const short = line.length > 100 ? line.slice(0, 100).toWellFormed() : line;
  return short === message ? message : `${short}…"`;
}

// {{x}} and {% x %}, ${x}, #{x}, <%= x %>, %(x)s, and psql's :'x', :"x" and :x.
const placeholders = /\{\{.*?\}\}|\{%.*?%\}|[$#]\{.*?\}|<%.*?%>|%\(\w+\)s|(?<!:):(?:'\w+'|"\w+"|[A-Za-z_]\w*)/g;

// The placeholder at which the parser stumbled: on it, or on what follows it.
function placeholderAt(text: string, start: number, end: number, offset: number) {
  const from = Math.max(start, offset - 200);
  for (const match of text.slice(from, Math.min(end, offset + 200)).matchAll(placeholders)) {
    const first = from + match.index;
    const last = first + match[0].length;
    if (first > offset) return undefined;
    if (offset < last || text.slice(last, offset).trim() === "") return { start: first, end: last };
  }
  return undefined;
}

/** The conflicts that git left in a text, each from its `<<<<<<<` line to its `>>>>>>>` line. */
export function* mergeConflicts(text: string): Generator<{ readonly start: number; readonly end: number }> {
  let start = lineWith(text, "<<<<<<< ", 0);
  while (start >= 0) {
    const middle = lineWith(text, "=======", start);
    const last = middle < 0 ? -1 : lineWith(text, ">>>>>>> ", middle);
    if (last < 0) return;
    const end = endOfLine(text, last);
    yield { start, end };
    start = lineWith(text, "<<<<<<< ", end);
  }
}

/** The conflict from `start` to `end`. */
export function mergeConflict(start: number, end: number): Finding {
  return {
    code: "MERGE_CONFLICT",
    severity: "error",
    message: "A merge conflict was left in the file.",
    help: "Decide which side stays, and remove the lines <<<<<<<, ======= and >>>>>>>.",
    at: { start, end },
  };
}

function lineWith(text: string, mark: string, from: number): number {
  let at = text.indexOf(mark, from);
  while (at > 0 && text[at - 1] !== "\n" && text[at - 1] !== "\r") at = text.indexOf(mark, at + 1);
  return at;
}
