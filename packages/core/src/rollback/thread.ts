// Owns the thread that a run lays: the schema before each segment, and the rollback that is kept with it.
import { randomUUID } from "node:crypto";
import { loadGrammar, read, type Catalog, type Grammar, type Statement } from "@clew/sql-analyzer";
import { sweep } from "../archive/capture.ts";
import type { Session, Sql } from "../driver.ts";
import { fileLimit, type PreparedSegment, type Script } from "../files/prepare.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Step } from "../plan/plan.ts";
import { withoutOurs } from "../schema/ours.ts";
import type { Author, Books } from "../run/records.ts";
import { ownWrite, type RunSettings } from "../run/settings.ts";
import { textArray } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
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
  /** Somebody else has changed the schema: look again before the next segment. */
  forget(): void;
  /** Clears away what the archive could not while tables were in use. */
  end(session: Session): Promise<void>;
}

export interface ThreadOptions {
  readonly books: Books;
  readonly author: Author;
  readonly settings: RunSettings;
  /** Who runs the migrations. */
  readonly role: string;
  /** Whether the role may make the archive's schema. */
  readonly mayArchive: boolean;
}

interface Spun {
  readonly step: Step;
  readonly ordinal: number;
  readonly request: RollbackRequest;
  readonly made: MadeRollback;
}

/** Begins a thread. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { author, settings, role } = options;
  const { bind } = options.books;
  const grammar = await loadGrammar();
  let catalog: Catalog | undefined;
  /** The catalog is what the statements say, and was not read from the database. */
  let foreseen = false;
  let archived = false;
  let spun: Spun | undefined;

  const look = async (session: Session): Promise<Catalog> => {
    foreseen = false;
    return (catalog = withoutOurs(await introspect(session), options.books.history));
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
  const tellLosses = ({ step, ordinal }: Pick<Spun, "step" | "ordinal">, { needs }: MadeRollback): readonly Sql[] =>
    needs ? [bind(sql.tellLosses, { version: step.step.version, ordinal: String(ordinal), archive: needs.id })] : [];

  return {
    async before(session, step, ordinal, segment) {
      if (spun?.step !== step || spun.ordinal !== ordinal) {
        const statements = statementsOf(step.script, segment, grammar);
        const keepsRows = settings.archive && options.mayArchive && segment.kind === "transaction";
        const archive = { id: randomUUID(), version: step.step.version, run: author.run, days: settings.archiveDays };
        const alone = segment.kind === "alone";
        const request = { statements, grammar, role, alone, ...(keepsRows ? { archive } : {}) };
        let before = catalog ?? (await look(session));
        let made = makeRollback({ ...request, before });
        // What the server says afterwards is compared with what it says before, not with what was foreseen.
        if (foreseen && made.inverse.certainty !== "exact") {
          before = await look(session);
          made = makeRollback({ ...request, before });
        }
        spun = { step, ordinal, request: { ...request, before }, made };
      }
      const { made } = spun;
      archived ||= made.archive !== undefined;
      return {
        first: [...(made.archive?.first ?? []), bind(sql.insertRollback, row(spun, made))],
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
        return;
      }
      // The migration is applied whatever becomes of this; what was foreseen is kept already.
      await look(session)
        .then(async (after) => {
          const { archive: _, ...request } = done.request;
          const better = makeRollback({ ...request, after, ...(needs ? { needs } : {}) });
          const batch = [bind(sql.replaceRollback, row(done, better)), ...tellLosses(done, better)];
          await session.transaction(batch, ownWrite);
        })
        .catch(() => (catalog = undefined));
    },
    forget() {
      catalog = undefined;
      spun = undefined;
    },
    async end(session) {
      if (archived) await session.transaction(sweep, ownWrite).catch(() => undefined);
    },
  };
}

/** The statements of a segment with their trees, after the settings that are in force. A file of data is not read again. */
function statementsOf(
  { text }: Script,
  { statements, settings }: PreparedSegment,
  grammar: Grammar,
): readonly Statement[] {
  if (text.length > fileLimit) return [];
  const first = statements[0]?.start ?? 0;
  const last = statements.at(-1)?.end ?? 0;
  const inForce = settings.flatMap((setting) => read(setting, grammar).statements);
  return [...inForce, ...read(text.slice(first, last), grammar).statements];
}
