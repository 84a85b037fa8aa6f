// Owns the thread that a run lays: the schema before each segment, and the rollback that is kept with it.
import {
  filterCatalog,
  invert,
  loadGrammar,
  read,
  schemaOf,
  scriptOf,
  type Catalog,
  type Inverse,
  type Statement,
} from "@clew/sql-analyzer";
import type { Session, Sql } from "../driver.ts";
import { fileLimit, type PreparedSegment, type Script } from "../files/prepare.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Step } from "../plan/plan.ts";
import type { Author, Books } from "../run/records.ts";
import { ownWrite } from "../run/settings.ts";
import { textArray } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import type { RollbackClass } from "../store/state.ts";

/** What is written with a segment so that it can be taken back. */
export interface Kept {
  /** Goes before the segment's statements, in their transaction. */
  readonly first: readonly Sql[];
}

/** Follows a run. Each segment is announced before it runs, and once more when it has. */
export interface Thread {
  before(session: Session, step: Step, ordinal: number, segment: PreparedSegment): Promise<Kept>;
  /** Where not all could be foreseen, looks at what has become of the schema, and keeps the better rollback. */
  after(session: Session): Promise<void>;
  /** Somebody else has changed the schema: look again before the next segment. */
  forget(): void;
}

interface Spun {
  readonly step: Step;
  readonly ordinal: number;
  readonly statements: readonly Statement[];
  readonly before: Catalog;
  readonly inverse: Inverse;
}

/** Begins a thread; `role` is who runs the migrations. */
export async function startThread({ bind }: Books, author: Author, role: string): Promise<Thread> {
  const grammar = await loadGrammar();
  let catalog: Catalog | undefined;
  /** The catalog is what the statements say, and was not read from the database. */
  let foreseen = false;
  let spun: Spun | undefined;

  const look = async (session: Session): Promise<Catalog> => {
    foreseen = false;
    return (catalog = withoutOurs(await introspect(session)));
  };
  const row = ({ step, ordinal }: Pick<Spun, "step" | "ordinal">, inverse: Inverse) => ({
    version: step.step.version,
    ordinal: String(ordinal),
    ...classOf(inverse),
    statements: textArray(scriptOf(inverse.actions)),
    archive: null,
    run: author.run,
  });

  return {
    async before(session, step, ordinal, segment) {
      if (spun?.step !== step || spun.ordinal !== ordinal) {
        const statements = statementsOf(step.script, segment, grammar);
        let before = catalog ?? (await look(session));
        let inverse = invert(statements, before, { grammar, role });
        // What the server says afterwards is compared with what it says before, not with what was foreseen.
        if (foreseen && inverse.certainty !== "exact") {
          before = await look(session);
          inverse = invert(statements, before, { grammar, role });
        }
        spun = { step, ordinal, statements, before, inverse };
      }
      return { first: [bind(sql.insertRollback, row(spun, spun.inverse))] };
    },
    async after(session) {
      if (spun === undefined) return;
      const { statements, before, inverse } = spun;
      if (inverse.certainty === "exact") {
        catalog = inverse.after;
        foreseen = true;
      } else {
        const done = spun;
        // The migration is applied whatever becomes of this; what was foreseen is kept already.
        await look(session)
          .then(async (after) => {
            const better = row(done, invert(statements, before, { grammar, role, after }));
            await session.transaction([bind(sql.replaceRollback, better)], ownWrite);
          })
          .catch(() => (catalog = undefined));
      }
      spun = undefined;
    },
    forget() {
      catalog = undefined;
      spun = undefined;
    },
  };
}

/** Until the database has been looked at, what was foreseen with doubt is not promised. */
function classOf({ class: verdict, reason, certainty }: Inverse): {
  readonly class: RollbackClass;
  readonly reason: string | null;
} {
  if (certainty === "exact" || verdict === "impossible") return { class: verdict, reason: reason ?? null };
  return {
    class: "lossy",
    reason: "not all that the migration did was read, and the database was not looked at since",
  };
}

/** The statements of a segment with their trees, after the settings that are in force. A file of data is not read again. */
function statementsOf(
  { text }: Script,
  { statements, settings }: PreparedSegment,
  grammar: Parameters<typeof read>[1],
): readonly Statement[] {
  if (text.length > fileLimit) return [];
  const first = statements[0]?.start ?? 0;
  const last = statements.at(-1)?.end ?? 0;
  const inForce = settings.flatMap((setting) => read(setting, grammar).statements);
  return [...inForce, ...read(text.slice(first, last), grammar).statements];
}

const ours: ReadonlySet<string | undefined> = new Set(["clew", "clew_archive"]);

/** What Clew keeps for itself is no part of anybody's schema. */
function withoutOurs(catalog: Catalog): Catalog {
  return filterCatalog(catalog, (fact) => !ours.has(schemaOf(fact)));
}
