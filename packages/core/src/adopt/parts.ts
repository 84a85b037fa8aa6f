// Owns the cutting of other tools' files into what goes up and what goes down. Pure.

/** A migration's two texts. */
export interface Parts {
  readonly up: string;
  readonly down?: string;
}

/** Says in our words that a text wants no transaction. */
export const noTransaction = "-- no-transaction\n";

/** Cuts at lines that begin a part; what stands before the first one goes up. */
function atMarkers(text: string, up: RegExp, down: RegExp): Parts {
  const parts = { up: "", down: "" };
  let side: keyof typeof parts = "up";
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (up.test(line)) side = "up";
    else if (down.test(line)) side = "down";
    // The file says by its name that it goes down.
    if (!down.test(line)) parts[side] += line;
  }
  return { up: parts.up, ...(saysSomething(parts.down) ? { down: parts.down } : {}) };
}

function saysSomething(text: string): boolean {
  return text.split("\n").some((line) => line.trim() !== "" && !line.trim().startsWith("--"));
}

/** https://pressly.github.io/goose/documentation/annotations/ */
export function gooseParts(text: string): Parts {
  const { up, down } = atMarkers(text, /^--\s*\+goose\s+up\b/i, /^--\s*\+goose\s+down\b/i);
  const alone = /^--\s*\+goose\s+no\s+transaction\b/im.test(text);
  const wrap = (part: string): string => (alone ? noTransaction + part : part);
  return { up: wrap(up), ...(down === undefined ? {} : { down: wrap(down) }) };
}

/** https://github.com/amacneil/dbmate#migration-options */
export function dbmateParts(text: string): Parts {
  const { up, down } = atMarkers(text, /^--\s*migrate:up\b/, /^--\s*migrate:down\b/);
  const wrap = (part: string, side: string): string =>
    new RegExp(`^--\\s*migrate:${side}\\b.*\\btransaction:false\\b`, "m").test(text) ? noTransaction + part : part;
  return { up: wrap(up, "up"), ...(down === undefined ? {} : { down: wrap(down, "down") }) };
}

/** https://salsita.github.io/node-pg-migrate/cli#sql-migrations */
export function nodePgMigrateParts(text: string): Parts {
  const { up, down } = atMarkers(text, /^\s*--[\s-]*up\s+migration/i, /^\s*--[\s-]*down\s+migration/i);
  return { up, ...(down === undefined ? {} : { down }) };
}

/** Where Drizzle cuts, a statement ends, whether it has a semicolon or not. */
export function drizzleParts(text: string): Parts {
  const pieces = text.split(/--> *statement-breakpoint/);
  const up = pieces.map((piece, at) =>
    at === pieces.length - 1 || !saysSomething(piece) || /;\s*$/.test(piece) ? piece : `${piece.trimEnd()}\n;`,
  );
  return { up: up.join("--> statement-breakpoint") };
}

/** A changeset of a Liquibase changelog that is formatted SQL. */
export interface Changeset extends Parts {
  readonly id: string;
  readonly author: string;
}

/** https://docs.liquibase.com/concepts/changelogs/sql-format.html; undefined for another file. */
export function changesets(text: string): readonly Changeset[] | undefined {
  if (!/^\s*--\s*liquibase\s+formatted\s+sql/i.test(text)) return undefined;
  const found: Changeset[] = [];
  const starts = [...text.matchAll(/^[ \t]*--[ \t]*changeset[ \t]+(.+?):(\S+)[ \t]*(.*)$/gim)];
  for (const [at, start] of starts.entries()) {
    const body = text.slice(start.index + start[0].length, starts[at + 1]?.index).replace(/^\r?\n/, "");
    const rollbacks = [...body.matchAll(/^[ \t]*--[ \t]*rollback[ \t]+(.*)$/gim)].map((match) => match[1]!.trim());
    const back = rollbacks.filter((line) => !/^(?:empty|not required)$/i.test(line));
    const alone = /\brunInTransaction:false\b/i.test(start[3]!) ? noTransaction : "";
    const down = back.length === 0 ? {} : { down: `${alone}${back.join("\n")}\n` };
    found.push({ author: start[1]!, id: start[2]!, up: alone + body, ...down });
  }
  return found;
}

/** A change in sqitch.plan. https://sqitch.org/docs/manual/sqitchchanges/ */
export interface PlannedChange {
  readonly change: string;
  /** Digits of its time: `20240102030405`. */
  readonly planned: string;
}

export function sqitchPlan(text: string): readonly PlannedChange[] {
  return text.split("\n").flatMap((line) => {
    if (/^\s*(?:[%@#]|$)/.test(line)) return [];
    const match = /^\s*\+?\s*(\S+).*?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/.exec(line);
    return match === null ? [] : [{ change: match[1]!, planned: match[2]!.replaceAll(/\D/g, "") }];
  });
}
