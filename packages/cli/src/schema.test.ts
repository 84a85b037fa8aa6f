// Owns the proof that --json prints one document, that it is of the published schema, and that the schema says what the types say.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  errorCodes,
  outcomeExit,
  proofExit,
  type AdoptReport,
  type BaselineReport,
  type Blocker,
  type ErrorData,
  type ErrorPlace,
  type Looked,
  type Label,
  type MarkReport,
  type Plan,
  type PlanSegment,
  type PlanStep,
  type ProofReport,
  type ProofStep,
  type RepairReport,
  type RecoveryReport,
  type ReportFinding,
  type RunReport,
  type SchemaDifference,
  type SchemaDrift,
  type Situation,
  type StatusReport,
  type StatusStep,
  type StepEffects,
  type StepLoss,
  type StepReport,
  type Target,
  toolNames,
  type Unmended,
} from "@clew/core";
import type { ChannelFound, Diagnosis, Finding } from "@clew/core/doctor";
import type { ChannelReport } from "@clew/core/supabase";
import { freshDatabase, run, tempFolder, type Ended } from "@clew/kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";

interface Definition {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
}

const schema = JSON.parse(readFileSync(new URL("../schema/output.json", import.meta.url), "utf8")) as {
  readonly $defs: Readonly<Record<string, Definition>>;
};
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

/** Each property of a type, and whether it is always there: the compiler holds this list to the type. */
type Shape<T> = { readonly [Key in keyof T]-?: object extends Pick<T, Key> ? "optional" : "required" };

/** Every member of a union of texts: the compiler holds this to the union. */
type Members<T extends string> = Readonly<Record<T, true>>;

describe("the schema says what the types say", () => {
  const finding: Shape<ReportFinding> = {
    ...({ code: "required", severity: "required", message: "required" } as const),
    ...({ help: "optional", version: "optional", at: "optional" } as const),
  };
  const run: Shape<RunReport> = {
    ...({ kind: "required", outcome: "required", run: "required", target: "required", steps: "required" } as const),
    ...({ findings: "required", error: "optional", ms: "required", figures: "optional" } as const),
  };
  const runStep: Shape<StepReport> = {
    ...({ version: "required", name: "required", status: "required" } as const),
    ...({ path: "optional", statements: "optional", ms: "optional", segments: "optional", error: "optional" } as const),
    ...({ class: "optional", reason: "optional", proof: "optional", rows: "optional", figures: "optional" } as const),
  };
  const status: Shape<StatusReport> = {
    ...({
      kind: "required",
      outcome: "required",
      counts: "required",
      steps: "required",
      findings: "required",
    } as const),
    ...({ target: "optional", running: "optional", looked: "optional" } as const),
  };
  const statusStep: Shape<StatusStep> = {
    ...({ version: "required", name: "required", status: "required", rollback: "required" } as const),
    ...({ path: "optional", appliedAt: "optional", who: "optional", tool: "optional" } as const),
    ...({
      segments: "optional",
      failure: "optional",
      class: "optional",
      backup: "optional",
      proof: "optional",
    } as const),
  };
  const plan: Shape<Plan & { readonly kind: "plan"; readonly findings: readonly ReportFinding[] }> = {
    ...({ kind: "required", id: "required", base: "required", target: "required" } as const),
    ...({ steps: "required", findings: "required", history: "required" } as const),
  };
  const effects: Shape<StepEffects> = {
    ...({ locks: "required", rewrites: "required", scans: "required" } as const),
    ...({ destroys: "required", tables: "required" } as const),
  };
  const loss: Shape<StepLoss> = {
    ...({ what: "required", words: "required", when: "optional", by: "optional", at: "required" } as const),
  };
  const recovery: Shape<RecoveryReport> = {
    ...({ kind: "required", outcome: "required", target: "required", situations: "required" } as const),
    ...({ interrupted: "optional" } as const),
  };
  const situation: Shape<Situation> = {
    ...({ state: "required", words: "required", actions: "required", version: "optional", name: "optional" } as const),
  };
  const looked: Shape<Looked> = { what: "required", not: "optional" };
  const planStep: Shape<PlanStep> = {
    ...({
      version: "required",
      name: "required",
      path: "required",
      checksum: "required",
      direction: "required",
    } as const),
    ...({ mode: "required", statements: "required", segments: "required", rollback: "required" } as const),
    ...({ class: "optional", reason: "optional", proof: "optional", rows: "optional", sql: "optional" } as const),
    ...({ text: "required", down: "optional", effects: "optional", evidence: "optional" } as const),
  };
  const planSegment: Shape<PlanSegment> = {
    ...({ kind: "required", done: "required", fingerprint: "required", kinds: "required" } as const),
  };
  const errorData: Shape<ErrorData> = {
    ...({ code: "required", message: "required", help: "required", version: "optional", at: "optional" } as const),
    ...({ sqlstate: "optional", detail: "optional", hint: "optional" } as const),
    ...({ context: "optional", blockers: "optional" } as const),
  };
  const place: Shape<ErrorPlace> = { path: "required", line: "required", column: "required", excerpt: "required" };
  const target: Shape<Target> = {
    ...({ database: "required", user: "required", server: "required", identity: "optional" } as const),
  };
  const diff: Shape<SchemaDifference & Partial<SchemaDrift> & { readonly kind: "diff" }> = {
    ...({ kind: "required", differences: "required", words: "required", pending: "optional" } as const),
  };
  const difference: Shape<SchemaDifference["differences"][number]> = {
    ...({ key: "required", kind: "required", what: "required", certainty: "required", field: "optional" } as const),
    ...({ part: "optional", before: "optional", after: "optional", within: "optional", unsure: "optional" } as const),
  };
  const blocker: Shape<Blocker> = {
    ...({ pid: "required", application: "required", user: "required", state: "required" } as const),
    ...({ query: "required", seconds: "required" } as const),
  };
  const proofReport: Shape<ProofReport> = {
    ...({ kind: "required", outcome: "required", steps: "required", findings: "required", ms: "required" } as const),
    ...({ target: "optional", scratch: "optional" } as const),
  };
  const proofStep: Shape<ProofStep> = {
    ...({ version: "required", name: "required", path: "required", rollback: "required" } as const),
    ...({ proof: "required", ms: "required", class: "optional", reason: "optional" } as const),
    ...({ differences: "optional", rows: "optional" } as const),
    ...({ inverse: "optional", before: "optional", after: "optional" } as const),
  };
  const repair: Shape<RepairReport> = {
    ...({ kind: "required", outcome: "required", done: "required", id: "required" } as const),
    ...({ target: "required", mends: "required", left: "required" } as const),
  };
  const unmended: Shape<Unmended> = { version: "required", message: "required", help: "required" };
  const label: Shape<Label> = { version: "required", name: "required" };
  const mark: Shape<MarkReport> = {
    ...({
      kind: "required",
      outcome: "required",
      id: "required",
      version: "required",
      status: "required",
      target: "required",
    } as const),
  };
  const adopt: Shape<AdoptReport> = {
    ...({ kind: "required", outcome: "required", id: "required", target: "required", tool: "required" } as const),
    ...({ table: "required", from: "required", by: "required", applied: "required" } as const),
    ...({ pending: "required", files: "required", left: "required" } as const),
  };
  const baseline: Shape<BaselineReport> = {
    ...({ kind: "required", outcome: "required", id: "required", target: "required", versions: "required" } as const),
    ...({ missing: "required", doubtful: "required" } as const),
  };
  const channel: Shape<ChannelReport> = {
    ...({ kind: "required", outcome: "required", installed: "required", armedUntil: "required" } as const),
    ...({ attempts: "required", findings: "required" } as const),
  };
  const doctor: Shape<Diagnosis> = { kind: "required", outcome: "required", channel: "required", findings: "required" };
  const channelFound: Shape<ChannelFound> = {
    ...({ kind: "required", why: "required", alone: "required", session: "required", seconds: "required" } as const),
  };
  const diagnosed: Shape<Finding> = { name: "required", state: "required", said: "required", help: "optional" };
  const shapes = {
    doctor,
    channelFound,
    diagnosed,
    adopt,
    baseline,
    repair,
    unmended,
    label,
    mark,
    proofReport,
    proofStep,
    finding,
    run,
    runStep,
    status,
    statusStep,
    plan,
    effects,
    recovery,
    situation,
    loss,
    looked,
    planStep,
    planSegment,
    errorData,
    place,
    target,
    blocker,
    diff,
    difference,
    channel,
  };

  test.each(Object.entries(shapes))("%s: properties, and which are always there", (name, shape) => {
    const { properties, required } = schema.$defs[name]!;
    expect(Object.keys(properties).toSorted()).toEqual(Object.keys(shape).toSorted());
    const always = Object.entries(shape).flatMap(([key, presence]) => (presence === "required" ? [key] : []));
    expect(required.toSorted()).toEqual(always.toSorted());
  });

  const stepStatuses: Members<StepReport["status"]> = {
    ...({ applied: true, "applied-elsewhere": true, "rolled-back": true, failed: true } as const),
    ...({ skipped: true, "in-doubt": true, "not-run": true } as const),
  };
  const statusStatuses: Members<StatusStep["status"]> = {
    ...({ applied: true, pending: true, changed: true, missing: true } as const),
    ...({ "partly-applied": true, "in-doubt": true, failed: true } as const),
  };
  const statusOutcomes: Members<StatusReport["outcome"]> = {
    ...({ "up-to-date": true, pending: true, invalid: true, "in-doubt": true } as const),
  };
  const modes: Members<PlanStep["mode"]> = { whole: true, resume: true, again: true, part: true };
  const repairOutcomes: Members<RepairReport["outcome"]> = {
    ...({ "in-step": true, proposed: true, mended: true, left: true } as const),
  };
  const adoptOutcomes: Members<AdoptReport["outcome"]> = {
    ...({ "in-step": true, proposed: true, adopted: true, left: true } as const),
  };
  const baselineOutcomes: Members<BaselineReport["outcome"]> = {
    ...({ "in-step": true, proposed: true, marked: true, missing: true } as const),
  };
  const mendKinds: Members<RepairReport["mends"][number]["kind"]> = {
    ...({ "rekey-row": true, "rename-file": true, "write-file": true, "accept-file": true, "drop-row": true } as const),
  };
  const severities: Members<ReportFinding["severity"]> = { error: true, warning: true, info: true };

  test.each<[definition: string, property: string, members: Readonly<Record<string, unknown>>]>([
    ["run", "outcome", outcomeExit],
    ["proofReport", "outcome", proofExit],
    ["runStep", "status", stepStatuses],
    ["status", "outcome", statusOutcomes],
    ["statusStep", "status", statusStatuses],
    ["planStep", "mode", modes],
    ["finding", "severity", severities],
    ["repair", "outcome", repairOutcomes],
    ["mend", "kind", mendKinds],
    ["baseline", "outcome", baselineOutcomes],
    ["adopt", "outcome", adoptOutcomes],
    ["adopt", "tool", Object.fromEntries(toolNames.map((name) => [name, true]))],
    ["errorData", "code", errorCodes],
  ])("%s.%s: its values", (definition, property, members) => {
    expect(schema.$defs[definition]!.properties[property]!.enum!.toSorted()).toEqual(Object.keys(members).toSorted());
  });
});

describe("what commands print with --json", () => {
  const files = {
    "m/1_a.sql": "create table a (id int primary key);",
    "m/2_b.sql": "select 1;\ncreate index concurrently a_id on a (id);\nselect 2;",
    "m/2_b.down.sql": "drop index a_id;",
    "m/3_c.sql": "select nmae from a;",
    "m/4_d.sql": "select 4;",
    "m/template.sql": "",
  };

  test("each is one document of the schema", { timeout: 180_000 }, async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(files);
    const clew = (...args: string[]): Promise<Ended> =>
      run(process.execPath, [bin, ...args, "--json"], { cwd: folder.path, env: { DATABASE_URL: db.url } });
    const dir = ["--dir", "m"];
    const expected: readonly (readonly [args: readonly string[], status: number, kind: string, outcome?: string])[] = [
      [["plan", ...dir], 0, "plan"],
      [["execute", "--dry-run", ...dir], 0, "plan"],
      [["status", ...dir], 0, "status", "pending"],
      [["prove", "2", ...dir], 0, "proof", "proved"],
      [["execute", "2", ...dir], 0, "execute", "applied"],
      [["execute", ...dir], 1, "execute", "failed"],
      [["execute", "--continue-on-error", ...dir], 1, "execute", "partly-applied"],
      [["status", ...dir], 0, "status", "pending"],
      [["execute", "--out-of-order", ...dir], 1, "execute", "failed"],
      [["execute", ...dir], 3, "error", "error"],
      [["validate", ...dir], 3, "validate", "invalid"],
      [["schema", "1", ...dir], 0, "schema"],
      [["schema", ...dir], 0, "schema"],
      [["diff", "1", "2", ...dir], 0, "diff"],
      [["diff", ...dir], 0, "diff"],
      [["recover", ...dir], 1, "recovery", "broken"],
      [["config"], 0, "config"],
      [["config", "diff", "staging", "production"], 0, "config-diff"],
      [["config", "diff", "staging", "prodution"], 2, "error", "error"],
      [["rollback", "2", ...dir], 4, "error", "error"],
      [["rollback", "--to", "3", ...dir], 3, "error", "error"],
      [["rollback", "--write", ...dir], 0, "written"],
      [["execute", "2", ...dir], 0, "execute", "nothing-to-do"],
      [["baseline", "1", ...dir], 0, "baseline", "in-step"],
      [["repair", "--dry-run", ...dir], 0, "repair", "in-step"],
      [["repair", "4", "--status", "reverted", "--yes", ...dir], 0, "mark", "marked"],
      [["repair", "4", "--status", "applied", "--dry-run", ...dir], 0, "mark", "proposed"],
      [["repair", "4", "--status", "applied", "--yes", ...dir], 0, "mark", "marked"],
      [["status", "--db", "postgres://127.0.0.1:1/x", ...dir], 1, "error", "error"],
      [["status", "--dbb"], 2, "error", "error"],
      [["stauts"], 2, "error", "error"],
      [["status", "--log-level", "loud"], 2, "error", "error"],
      [["status", "--dir", "nowhere"], 2, "error", "error"],
      [["doctor", ...dir], 0, "doctor", "well"],
      [["doctor", "--db", "postgres://127.0.0.1:1/x", ...dir], 1, "doctor", "ill"],
      [["supabase", "status"], 0, "channel", "not-installed"],
      [["supabase", "install", "--print"], 0, "sql"],
      [["supabase", "arm"], 2, "error", "error"],
      [["init"], 0, "init"],
      [["new", "one_more", ...dir], 0, "new"],
    ];
    for (const [args, status, kind, outcome] of expected) {
      const ended = await clew(...args);
      const document = JSON.parse(ended.stdout) as { kind: string; outcome?: string };
      expect({ args, status: ended.status, kind: document.kind, outcome: document.outcome }).toEqual({
        args,
        status,
        kind,
        outcome,
      });
      expect(validate(document), JSON.stringify([args, validate.errors, document], undefined, 1)).toBe(true);
    }
  });

  test("also of backups", { timeout: 120_000 }, async () => {
    await using db = await freshDatabase();
    await db.sql("create table note (id int primary key, body text); insert into note values (1, 'x')");
    await using folder = await tempFolder({ "m/1_a.sql": "select 1;" });
    const expected: readonly (readonly [args: readonly string[], status: number, kind: string])[] = [
      [["create", "note", "--level", "checksum"], 0, "backup"],
      [["list"], 0, "backups"],
      [["show", "latest"], 0, "backup"],
      [["verify", "latest"], 0, "verify"],
      [["restore", "latest", "--dry-run"], 0, "restore"],
      [["restore", "latest"], 4, "error"],
      [["show", "nothing"], 2, "error"],
      [["prune", "--last", "1", "--dry-run"], 0, "prune"],
      [["purge", "--dry-run"], 0, "purge"],
    ];
    for (const [args, status, kind] of expected) {
      const flags = ["--json", "--db", db.url, "--dir", "m"];
      const ended = await run(process.execPath, [bin, "backup", ...args, ...flags], { cwd: folder.path });
      const document = JSON.parse(ended.stdout) as { kind: string };
      expect({ args, status: ended.status, kind: document.kind }).toEqual({ args, status, kind });
      expect(validate(document), JSON.stringify([args, validate.errors, document], undefined, 1)).toBe(true);
    }
  });

  test("also a rollback, changed and missing files, and places", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      "1_a.sql": "select 1;",
      "2_b.sql": "select 2;",
      "2_b.down.sql": "select -2;",
    });
    const clew = async (
      ...args: string[]
    ): Promise<{ kind: string; outcome: string; findings: readonly ReportFinding[] }> => {
      const flags = ["--json", "--dir", folder.path, "--db", db.url];
      const document = JSON.parse((await run(process.execPath, [bin, ...args, ...flags])).stdout);
      expect(validate(document), JSON.stringify([args, validate.errors, document], undefined, 1)).toBe(true);
      return document as { kind: string; outcome: string; findings: readonly ReportFinding[] };
    };
    await clew("execute");
    expect(await clew("rollback", "--dry-run")).toMatchObject({ kind: "plan" });
    expect(await clew("rollback", "--yes")).toMatchObject({ kind: "rollback", outcome: "rolled-back" });
    await clew("execute");
    await folder.write({ "1_a.sql": "select 'changed';", "3_c.sql": "selec 3;", "0_z.sql": "select 0;" });
    const validated = await clew("validate");
    expect(validated).toMatchObject({ kind: "validate", outcome: "invalid" });
    expect(validated.findings.some((finding) => finding.at !== undefined)).toBe(true);
    expect(await clew("status")).toMatchObject({ kind: "status", outcome: "pending" });
    await db.sql("update supabase_migrations.schema_migrations set version = '9' where version = '2'");
    await db.sql("insert into supabase_migrations.schema_migrations values ('7')");
    expect(await clew("baseline", "3", "--dry-run")).toMatchObject({ kind: "baseline", outcome: "proposed" });
    await db.sql(
      "create table schema_migrations (version bigint, dirty boolean); insert into schema_migrations values (1, true)",
    );
    await folder.write({ "theirs/1_a.up.sql": "select 1;" });
    expect(await clew("adopt", "--from", `${folder.path}/theirs`)).toMatchObject({ kind: "adopt", outcome: "left" });
    await db.sql("drop table schema_migrations");
    expect(await clew("repair", "--dry-run")).toMatchObject({ kind: "repair", outcome: "left", done: false });
    expect(await clew("repair", "--yes")).toMatchObject({ kind: "repair", outcome: "left", done: true });
  });

  test("the schema refuses what is none", () => {
    expect(validate({ kind: "execute" })).toBe(false);
    expect(validate({ kind: "error", outcome: "error", error: { code: "NOPE", message: "", help: "" } })).toBe(false);
  });
});
