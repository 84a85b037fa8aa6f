// Owns the taking over of a project from another tool: its table and files are read, ours are written, its own are left as they are.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { filterCatalog, keyAlone, keyIn, schemaOf } from "@clew/sql-analyzer";
import { isSessionError, type Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { readEveryFile, readText, type Folder } from "../files/read.ts";
import { readRows } from "../history/facts.ts";
import { pathIn } from "../history/files.ts";
import { shown, type Label, type Unmended } from "../history/mend.ts";
import { changedMeanwhile, changeId, recordOf, write, type Place } from "../history/repair.ts";
import { note, register, type Pen } from "../history/write.ts";
import { introspect } from "../introspect/introspect.ts";
import { refuseUnapprovedChange } from "../run/approval.ts";
import { ownError } from "../run/explain.ts";
import { withoutOurs } from "../schema/ours.ts";
import { schemaSql } from "../schema/sql.ts";
import { binder } from "../store/bind.ts";
import { readState, type Target } from "../store/state.ts";
import { dotted, layouts, type TheirFile } from "./layouts.ts";
import { matchTheirs } from "./match.ts";
import { findTables, recognise, rowsOf, tools, type FoundTable, type TheirRow, type ToolName } from "./tools.ts";
import { versionOfNow, versionsFor } from "./versions.ts";

/** Which tool is taken over from, and how. */
export interface AdoptOptions {
  /** The tool. Default: the one whose table is there. With it named, its files are taken over where there is no table yet. */
  readonly tool?: ToolName;
  /** Its folder. Default: the first of its usual ones that has migrations. */
  readonly from?: string;
  /** The `id` of the plan that was shown: with another one nothing is done, and ANOTHER_RUN thrown. */
  readonly expected?: string;
  /** Only looks. */
  readonly dryRun?: boolean;
  /** The `id` that is approved: with another one nothing is done, and PLAN_CHANGED thrown. */
  readonly approve?: string | undefined;
}

/** What was taken over, or would be. Plain data. */
export interface AdoptReport {
  readonly kind: "adopt";
  /** `in-step`: all is adopted already. `left`: something stands in the way, and nothing was done. */
  readonly outcome: "in-step" | "proposed" | "adopted" | "left";
  readonly id: string;
  readonly target: Target;
  readonly tool: ToolName;
  /** The tool's table. Empty where the database has none: then nothing counts as applied. */
  readonly table: string;
  /** The tool's folder. */
  readonly from: string;
  /** `files`: each migration becomes a file. `schema`: what is applied is no SQL, or has no file, so the schema as it is becomes one. */
  readonly by: "files" | "schema";
  /** What counts as applied from now on. */
  readonly applied: readonly Label[];
  readonly pending: readonly Label[];
  /** The files that are written. */
  readonly files: readonly string[];
  readonly left: readonly Unmended[];
}

/** A file to be written. */
interface Draft {
  readonly path: string;
  readonly text: string;
}

interface Migration extends Label {
  readonly theirs: readonly TheirFile[];
  readonly drafts: readonly Draft[];
}

/** Takes over. Throws NO_DATABASE's kin, CONFIG_INVALID, ANOTHER_RUN, NOT_APPROVED. */
export async function adopt(session: Session, place: Place, options: AdoptOptions = {}): Promise<AdoptReport> {
  const bind = binder(place.history);
  const state = await readState(session, place.history, bind);
  const { tool, table } = await findTool(session, place, options.tool);
  const rows = table === undefined ? [] : await session.query<TheirRow>({ text: rowsOf(tool, table) });
  const { from, files } = await findFiles(tool, options.from);
  const normal = tool === "flyway" ? dotted : (key: string): string => key;
  const matched = matchTheirs(rows, files, normal);
  const labels = labelsOf(files);
  const { rows: ours, books } = await readRows(session, place.history, state);
  const known = new Set(ours.map(({ version }) => version));
  const byCode = matched.applied.some(({ parts }) => parts === undefined) || matched.lost.length > 0;

  const each = (list: readonly TheirFile[]): readonly Migration[] =>
    list.filter(({ parts }) => parts !== undefined).map((file) => migrationOf(place.dir, labels.get(file)!, file));
  const applied = byCode ? [await wholeSchema(matched.applied.at(-1))] : each(matched.applied);
  const pending = each(matched.pending);
  const folder = await readEveryFile(place.dir).catch(() => undefined);
  const inTheWay: string[] = [];
  const drafts = await missing([...applied, ...pending]);
  const left = [...wrong(), ...changed(), ...notSql(), ...taken(folder)];
  const open = applied.filter(({ version }) => !known.has(version));
  const id = changeId("adopt", state.target, [books.stamp, rows, drafts, open.map(shown), left]);
  const report = {
    kind: "adopt",
    id,
    target: state.target,
    tool,
    table: table === undefined ? "" : `${table.schema}.${table.table}`,
    from,
    by: byCode ? "schema" : "files",
    applied: open.map(labelOf),
    pending: pending.map(labelOf),
    files: drafts.map(({ path }) => path),
    left,
  } as const;
  if (left.length > 0) return { ...report, outcome: "left" };
  if (open.length === 0 && drafts.length === 0) return { ...report, outcome: "in-step" };
  if (options.dryRun) return { ...report, outcome: "proposed" };
  if (options.expected !== undefined && options.expected !== id) throw changedMeanwhile();
  const change = { what: "adoption", id, look: "clew adopt --dry-run" };
  await refuseUnapprovedChange(change, { ...place.approving, approve: options.approve });

  await mkdir(place.dir, { recursive: true });
  for (const { path, text } of drafts) await writeFile(path, text, { flag: "wx" });
  const written = await readEveryFile(place.dir);
  const pen: Pen = { history: place.history, bind, author: place.author };
  const records = await Promise.all(
    open.map(({ version }) => recordOf(written.files.find((file) => file.version === version)!)),
  );
  const writes = records.flatMap((record) => [
    ...register(pen, record),
    note(pen, record.version, "adopted", `applied by ${tool}, as ${report.table} says`),
  ]);
  if (writes.length > 0) await write(session, pen, { state, books }, "adopt", `${tool} ${id}`, writes);
  return { ...report, outcome: "adopted" };

  /** What is applied and cannot be had as files: the schema as it is, without the tool's own table. */
  async function wholeSchema(last: TheirFile | undefined): Promise<Migration> {
    const catalog = await introspect(session).catch((error: unknown) =>
      Promise.reject(isSessionError(error) ? ownError(error, "reading the schema") : error),
    );
    const own = new Set([tools[tool].table, ...(companions[tool] ?? [])]);
    const schema = table!.schema;
    const isTheirs = (of: string | undefined, name: string): boolean => of === schema && own.has(name);
    const keys = [...own].map((name) => keyIn(keyAlone("schema", schema), "table", name));
    const rest = filterCatalog(withoutOurs(catalog, place.history), (fact) => {
      const around = "table" in fact && typeof fact.table === "string" ? fact.table : fact.parent;
      const inside = keys.some((key) => fact.key === key || around === key);
      // Its sequences are named after its tables.
      const sequence = fact.kind === "sequence" && [...own].some((name) => fact.name.startsWith(`${name}_`));
      return !inside && !isTheirs(schemaOf(fact), fact.name) && !(sequence && schemaOf(fact) === schema);
    });
    const label = last === undefined ? { version: "0001", name: "" } : labels.get(last)!;
    const named = { version: label.version, name: `schema_from_${tool.replaceAll("-", "_")}` };
    const statements = schemaSql(rest).map((sql) => (sql.startsWith("--") ? sql : `${sql};`));
    const head = `-- The schema as ${tool} had made it, up to ${last === undefined ? rows.at(-1)!.key : basename(last.path)}.\n\n`;
    return {
      ...named,
      theirs: matched.applied,
      drafts: [{ path: pathIn(place.dir, named), text: `${head}${statements.join("\n")}\n` }],
    };
  }

  /** Drafts that are not there yet; those that are and say something else stand in the way. */
  async function missing(migrations: readonly Migration[]): Promise<readonly Draft[]> {
    const found: Draft[] = [];
    for (const draft of migrations.flatMap((migration) => migration.drafts)) {
      if (!existsSync(draft.path)) found.push(draft);
      else if (!byCode && (await readText(draft.path)) !== draft.text) inTheWay.push(draft.path);
    }
    return found;
  }

  function wrong(): readonly Unmended[] {
    return rows.flatMap(({ key, wrong: why }) =>
      why === null
        ? []
        : [
            {
              version: key,
              message: `${key} ${why}, as ${tool} says`,
              help: `Finish it with ${tool}, or take it back; then adopt.`,
            },
          ],
    );
  }

  function changed(): readonly Unmended[] {
    return matched.changed.map(({ keys, path }) => ({
      version: keys[0]!,
      message: `${path} is not what ${tool} has applied, as its checksum says`,
      help: "Get the file from version control as it was; then adopt.",
    }));
  }

  function notSql(): readonly Unmended[] {
    return matched.pending.flatMap((file) =>
      file.parts !== undefined
        ? []
        : [
            {
              version: file.keys[0]!,
              message: `${file.path} is pending, and is no SQL`,
              help: `Apply it with ${tool}, then adopt; or write it anew as SQL and delete it.`,
            },
          ],
    );
  }

  /** Files of ours that have a version that an adopted one would get, or its very name and another text. */
  function taken(there: Folder | undefined): readonly Unmended[] {
    const help =
      "Name an empty folder with --dir: what is adopted is written there, and the tool's own files stay as they are.";
    const ourPaths = new Set([...applied, ...pending].flatMap((one) => one.drafts.map(({ path }) => resolve(path))));
    const versions = new Set([...applied, ...pending].map(({ version }) => version));
    const others = (there?.files ?? []).filter(
      (file) => versions.has(file.version) && !ourPaths.has(resolve(file.path)),
    );
    return [
      ...inTheWay.map((path) => ({
        version: basename(path),
        message: `${path} is there already, and is another text`,
        help,
      })),
      ...others.map(({ version, path }) => {
        return { version, message: `${path} has the version that an adopted migration would get`, help };
      }),
    ];
  }
}

const labelOf = ({ version, name }: Label): Label => ({ version, name });

/** Tables that a tool keeps beside its history. */
const companions: { readonly [Tool in ToolName]?: readonly string[] } = {
  knex: ["knex_migrations_lock"],
  kysely: ["kysely_migration_lock"],
  liquibase: ["databasechangeloglock"],
  goose: ["goose_lock"],
  rails: ["ar_internal_metadata"],
};

async function findTool(
  session: Session,
  { history }: Place,
  wanted: ToolName | undefined,
): Promise<{ readonly tool: ToolName; readonly table: FoundTable | undefined }> {
  const tables = await session.query<FoundTable>({ text: findTables });
  const theirs = tables.filter(({ schema, table }) => schema !== history.schema || table !== history.table);
  const found = recognise(theirs).filter(({ tool }) => wanted === undefined || tool === wanted);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined && wanted !== undefined) return { tool: wanted, table: undefined };
  if (first === undefined) {
    throw new ClewError("CONFIG_INVALID", "there is no table of another migration tool in this database", {
      help: `Looked for: ${Object.keys(tools).join(", ")}. On a new database name the tool: \`clew adopt prisma\`. A database that was made by hand is taken over with \`clew baseline\`.`,
    });
  }
  const list = found.map(({ tool, table }) => `${tool} (${table.schema}.${table.table})`);
  throw new ClewError("CONFIG_INVALID", `there are tables of several tools: ${list.join(", ")}`, {
    help: "Name the one that is meant: `clew adopt <tool>`.",
  });
}

async function findFiles(
  tool: ToolName,
  given: string | undefined,
): Promise<{ readonly from: string; readonly files: readonly TheirFile[] }> {
  const { folders, list } = layouts[tool];
  for (const from of given === undefined ? folders : [given]) {
    if (!existsSync(from)) continue;
    const files = await list(from).catch((error: unknown) => {
      if (given === undefined && (error as { code?: string }).code !== undefined) return [];
      throw error;
    });
    if (files.length > 0) return { from, files };
  }
  throw new ClewError("NO_FOLDER", `no migrations of ${tool} in ${given ?? folders.join(", ")}`, {
    help: "Name its folder with --from.",
  });
}

function labelsOf(files: readonly TheirFile[]): ReadonlyMap<TheirFile, Label> {
  const plain = files.map(({ version }) => version);
  const versions = versionsFor(plain, versionOfNow());
  return new Map(files.map((file, at) => [file, { version: versions[at]!, name: file.name }]));
}

function migrationOf(dir: string, label: Label, file: TheirFile): Migration {
  const path = pathIn(dir, label);
  const { up, down } = file.parts!;
  const back = down === undefined ? [] : [{ path: path.replace(/\.sql$/, ".down.sql"), text: down }];
  return { ...label, theirs: [file], drafts: [{ path, text: up }, ...back] };
}
