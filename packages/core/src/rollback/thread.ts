// Owns the thread that a run lays: the schema before each segment, and the rollback that is kept with it.
import { randomUUID } from "node:crypto";
import {
  describeDiff,
  diff,
  loadGrammar,
  read,
  readDirectives,
  startComparing,
  shareFacts,
  startFold,
  type Catalog,
  type Difference,
  type Folding,
  type Grammar,
  type Key,
  type Statement,
} from "@clew/sql-analyzer";
import { sweep } from "../archive/capture.ts";
import { tooLarge } from "../archive/limit.ts";
import type { ArchiveNeeds } from "../archive/needs.ts";
import { outsideNeeds, toSave, type Outside } from "../archive/outside.ts";
import { planArchive } from "../archive/plan.ts";
import type { Session, Sql } from "../driver.ts";
import type { ClewError } from "../errors.ts";
import { fileLimit, type PreparedSegment, type Script } from "../files/prepare.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Step } from "../plan/plan.ts";
import { withoutOurs } from "../schema/ours.ts";
import type { Author, Books } from "../run/records.ts";
import { ownWrite, type RunSettings } from "../run/settings.ts";
import { literal, quoted, textArray } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import { withoutOthersRoles } from "./roles.ts";
import { makeRollback, type MadeRollback, type RollbackRequest } from "./make.ts";

/** What is run with a segment, in its transaction, so that it can be taken back. */
export interface Kept {
  readonly first: readonly Sql[];
  readonly last: readonly Sql[];
}

/** Follows a run. Each segment is announced before it runs, and once more when it has. */
export interface Thread {
  before(session: Session, step: Step, ordinal: number, segment: PreparedSegment): Promise<Kept>;
  /** Where not all could be foreseen, looks at what has become of the schema, and keeps the better rollback. */
  after(session: Session): Promise<void>;
  /** What was kept of the segment at hand took too much room. Says whether it is to be run again, its rows saved elsewhere. */
  overflowed?(error: ClewError): boolean;
  /** Somebody else has changed the schema: look again before the next segment. */
  forget(): void;
  /**
   * Clears away what the archive could not while tables were in use; gives what the schema turned out to have otherwise
   * than the statements say, in words.
   */
  end(session: Session): Promise<readonly string[]>;
}

export interface ThreadOptions {
  readonly books: Books;
  readonly author: Author;
  readonly settings: RunSettings;
  /** Who runs the migrations. */
  readonly role: string;
  /** Columns of the history table: Supabase's newer one has `rollback`. */
  readonly historyColumns: readonly string[];
  /** Whether the role may make the archive's schema. */
  readonly mayArchive: boolean;
  readonly outside: Outside | undefined;
}

interface Spun {
  readonly step: Step;
  readonly ordinal: number;
  readonly request: RollbackRequest;
  readonly made: MadeRollback;
  /** Why its rows cannot be kept in the database. */
  readonly full?: ClewError;
}

/** Begins a thread. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { author, settings, role } = options;
  const { bind } = options.books;
  const grammar = await loadGrammar();
  let catalog: Catalog | undefined;
  /** The fold of what has run, and the catalog that it has come to: the one at hand, or it went another way. */
  let folded: { readonly folding: Folding; readonly at: Catalog } | undefined;
  /** The catalog is what the statements say, and was not read from the database. */
  let foreseen = false;
  let archived = false;
  let spun: Spun | undefined;
  let segmentsMade: { readonly step: Step; readonly statements: Map<number, readonly string[]> } | undefined;
  /** Segments since the schema was last read: what they are foreseen to change, and what is kept of each. */
  let since: { readonly changed: readonly Key[]; readonly row: ReturnType<typeof row> }[] = [];
  const unforeseen: string[] = [];

  const look = async (session: Session): Promise<Catalog> => {
    foreseen = false;
    const seen = withoutOurs(await introspect(session), options.books.history);
    return (catalog = folded ? shareFacts(seen, folded.at) : seen);
  };
  /** Makes the rollback, and keeps the fold for the next one. */
  const make = (request: RollbackRequest): MadeRollback => {
    const { before } = request;
    const folding = folded?.folding ?? startFold(before, { grammar, role });
    if (folded && folded.at !== before) folding.settle(before);
    folded = undefined;
    const made = makeRollback({ ...request, folding });
    folded = { folding, at: request.after ? folding.catalog() : made.inverse.after };
    return made;
  };
  const row = ({ step, ordinal }: Pick<Spun, "step" | "ordinal">, made: MadeRollback) => ({
    version: step.step.version,
    ordinal: String(ordinal),
    class: made.class,
    reason: made.reason,
    statements: textArray(made.statements),
    archive: made.needs ? JSON.stringify(made.needs) : null,
    run: author.run,
  });
  /** What Supabase's own table is told: the whole migration's rollback, last segment first. */
  const inHistory = ({ step, ordinal, made, request }: Spun): readonly Sql[] => {
    const { version } = step.step;
    if (segmentsMade?.step !== step) segmentsMade = { step, statements: new Map() };
    segmentsMade.statements.set(ordinal, made.statements);
    // Of a migration that is resumed, an earlier run has made a part.
    const whole = segmentsMade.statements.size >= step.script.segments.length && request.alone !== true;
    if (!whole || !options.historyColumns.includes("rollback")) return [];
    const statements = textArray([...segmentsMade.statements.values()].toReversed().flat());
    const text = `UPDATE ${quoted(options.books.history)} SET rollback = ${literal(statements)}::text[] WHERE version = ${literal(version)}`;
    return [{ text }];
  };
  const tellLosses = ({ step, ordinal }: Pick<Spun, "step" | "ordinal">, { needs }: MadeRollback): readonly Sql[] =>
    needs && needs.outside === undefined
      ? [bind(sql.tellLosses, { version: step.step.version, ordinal: String(ordinal), archive: needs.id })]
      : [];

  const save = options.outside?.save;
  /** Has rows saved in a backup in place of the archive. */
  const moveOutside = async (from: Spun, needs: ArchiveNeeds): Promise<Spun> => {
    const backup = await save!(toSave(needs));
    const { archive: _, ...rest } = from.request;
    const kept = outsideNeeds(needs, backup);
    const request = { ...rest, ...(kept ? { needs: kept } : {}) };
    return { step: from.step, ordinal: from.ordinal, request, made: make(request) };
  };

  /** Compares what was foreseen with what is. A rollback made from what is not so is not promised. */
  const verify = async (session: Session, foreseenNow: Catalog): Promise<void> => {
    const made = since;
    since = [];
    const actual = await look(session);
    const touched = new Set(made.flatMap(({ changed }) => changed));
    const wrong = unforeseenIn(foreseenNow, actual, grammar).filter(
      // Roles are the whole server's: those that no statement here has touched are other databases' affair.
      ({ kind, key }) => kind !== "role" || touched.has(key),
    );
    if (wrong.length === 0) return;
    unforeseen.push(...describeDiff(wrong));
    const keys = new Set(wrong.map(({ key }) => key));
    const doubtful = made.filter(({ changed }) => changed.some((key) => keys.has(key)));
    const reason = "the schema turned out otherwise than the statements say";
    const batch = doubtful.map((one) => bind(sql.replaceRollback, { ...one.row, class: "lossy", reason }));
    if (batch.length > 0) await session.transaction(batch, ownWrite);
  };

  return {
    async before(session, step, ordinal, segment) {
      if (spun?.step !== step || spun.ordinal !== ordinal) {
        const unread = step.script.text.length > fileLimit;
        const statements = unread ? [] : statementsOf(step.script, segment, grammar);
        const directives = readDirectives(step.script.text);
        const wanted = settings.archive && directives.noArchive === undefined;
        const keepsRows = !unread && wanted && options.mayArchive && segment.kind === "transaction";
        const archive = {
          id: randomUUID(),
          version: step.step.version,
          run: author.run,
          days: settings.archiveDays,
          limit: settings.archiveLimit,
          move: settings.moveDropped || directives.moveDropped !== undefined,
        };
        const alone = segment.kind === "alone";
        const request = { statements, grammar, role, alone, unread, ...(keepsRows ? { archive } : {}) };
        let before = catalog ?? (await look(session));
        let made = make({ ...request, before });
        // What the server says afterwards is compared with what it says before, not with what was foreseen.
        if (foreseen && made.inverse.certainty !== "exact") {
          await verify(session, before);
          before = catalog!;
          made = make({ ...request, before });
        }
        spun = { step, ordinal, request: { ...request, before }, made };
        const mayBeSaved = save && !keepsRows && !unread && segment.kind === "transaction";
        const { after, anew, moves: renames } = made.inverse;
        const needs = mayBeSaved
          ? planArchive({ ...archive, before, after, anew, renames, statements, grammar })?.needs
          : undefined;
        if (needs && outsideNeeds(needs, "")) spun = await moveOutside(spun, needs);
      }
      const planned = spun.made.archive?.needs;
      const full = planned && (spun.full ?? (await tooLarge(session, planned, settings.archiveLimit)));
      if (planned && full) {
        if (!save) throw full;
        spun = await moveOutside(spun, planned);
      }
      const { made } = spun;
      archived ||= made.archive !== undefined;
      return {
        // What is written before the archive begins is not taken for the migration's.
        first: [...inHistory(spun), ...(made.archive?.first ?? []), bind(sql.insertRollback, row(spun, made))],
        last: made.archive ? [...made.archive.last, ...tellLosses(spun, made)] : [],
      };
    },
    async after(session) {
      if (spun === undefined) return;
      const done = spun;
      spun = undefined;
      const { inverse, needs } = done.made;
      if (inverse.certainty === "exact") {
        catalog = inverse.after;
        foreseen = true;
        since.push({ changed: inverse.changed, row: row(done, done.made) });
        return;
      }
      // The migration is applied whatever becomes of this; what was foreseen is kept already.
      await look(session)
        .then(async (seen) => {
          const { archive: _, ...request } = done.request;
          const after = withoutOthersRoles(request.before, seen, done.step.script.text);
          const better = make({ ...request, after, ...(needs ? { needs } : {}) });
          const batch = [bind(sql.replaceRollback, row(done, better)), ...tellLosses(done, better)];
          await session.transaction(batch, ownWrite);
        })
        .catch(() => (catalog = undefined));
    },
    overflowed(error) {
      if (save === undefined || spun?.made.archive === undefined || spun.full) return false;
      spun = { ...spun, full: error };
      return true;
    },
    forget() {
      catalog = undefined;
      spun = undefined;
      since = [];
    },
    async end(session) {
      if (archived) await session.transaction(sweep, ownWrite).catch(() => undefined);
      if (since.length > 0 && catalog) await verify(session, catalog).catch(() => undefined);
      return unforeseen;
    },
  };
}

/** What is not as foreseen, of what was foreseen without doubt. */
function unforeseenIn(foreseen: Catalog, actual: Catalog, grammar: Grammar): readonly Difference[] {
  return diff(foreseen, actual, { sameSql: startComparing(foreseen, actual, grammar) }).filter(
    ({ certainty, unsure, kind, field }) =>
      certainty === "exact" &&
      !unsure &&
      // A column's sequence is as its table is, of which more is known.
      !(kind === "sequence" && field === "unlogged"),
  );
}

/** The statements of a segment with their trees, after the settings that are in force. */
export function statementsOf(
  { text }: Script,
  { statements, settings }: PreparedSegment,
  grammar: Grammar,
): readonly Statement[] {
  const first = statements[0]?.start ?? 0;
  const last = statements.at(-1)?.end ?? 0;
  const inForce = settings.flatMap((setting) => read(setting, grammar).statements);
  return [...inForce, ...read(text.slice(first, last), grammar).statements];
}
