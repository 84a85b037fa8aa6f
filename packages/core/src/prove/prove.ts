// Owns the proof of rollbacks: migrations one after the other, in as few scratch databases as it takes.
import { ClewError } from "../errors.ts";
import type { MigrationFile } from "../files/read.ts";
import type { Proof, ReportFinding } from "../report.ts";
import type { Target } from "../store/state.ts";
import { openBench, type Bench, type Proving } from "./bench.ts";
import type { ProofReport, ProofStep } from "./report.ts";
import { proveOne } from "./trial.ts";

/** Proves the rollbacks of migrations one after the other. Throws INTERRUPTED. */
export async function prove(proving: Proving): Promise<ProofReport> {
  const began = performance.now();
  const steps: ProofStep[] = [];
  const findings: ReportFinding[] = [];
  let place: ProofReport["scratch"];
  let lacks: readonly string[] = [];
  let bench: Bench | undefined;
  let stuck: string | undefined;
  try {
    for (const [at, file] of proving.files.entries()) {
      const stepBegan = performance.now();
      const { version, name, path } = file;
      const about = { version, name, path, rollback: file.down ? ("hand-written" as const) : ("none" as const) };
      const fails = (reason: string): number =>
        steps.push({ ...about, proof: "not-provable", reason, ms: performance.now() - stepBegan });
      if (proving.signal?.aborted) throw new ClewError("INTERRUPTED", "the proof was interrupted");
      if (stuck === undefined && bench === undefined) {
        const opened = await openBench(proving, [...proving.earlier, ...proving.files.slice(0, at)]);
        if (typeof opened === "string") stuck = opened;
        else {
          bench = opened;
          place = { place: bench.scratch.place, server: bench.server };
          lacks = bench.lacks;
        }
      }
      if (stuck !== undefined || bench === undefined) {
        fails(stuck ?? "");
        continue;
      }
      let { goesOn, ...seen } = await proveOne(bench, file, proving);
      if (goesOn === "bare") {
        await bench.scratch[Symbol.asyncDispose]();
        bench = undefined;
        const again = await openBench(proving, [...proving.earlier, ...proving.files.slice(0, at)]);
        if (typeof again === "string")
          throw new ClewError("INTERNAL", `a second scratch database was refused: ${again}`);
        bench = again;
        ({ goesOn, ...seen } = await proveOne(bench, file, proving, seen.reason));
      }
      const { unforeseen = [], ...step } = seen;
      if (unforeseen.length > 0) findings.push(surprise(file, unforeseen));
      steps.push({ ...about, ...step, ms: performance.now() - stepBegan });
      if (goesOn === "never")
        stuck = `${version}${name ? `_${name}` : ""}, which comes before it, does not run in the scratch`;
      if (goesOn !== "here") {
        await bench.scratch[Symbol.asyncDispose]();
        bench = undefined;
      }
    }
  } finally {
    await bench?.scratch[Symbol.asyncDispose]();
  }
  const is = (proof: Proof): boolean => steps.some((step) => step.proof === proof);
  const outcome = is("disproved") ? "disproved" : is("not-provable") ? "unproved" : "proved";
  return {
    kind: "proof",
    outcome: steps.length === 0 ? "nothing-to-do" : outcome,
    ...(proving.target === undefined ? {} : { target: proving.target }),
    ...(place === undefined ? {} : { scratch: place }),
    steps,
    findings: [...otherVersion(proving.target, place), ...otherSchema(lacks), ...findings],
    ms: performance.now() - began,
  };
}

/** What is true on one version of Postgres is so on another with few exceptions, but it is said. */
function otherVersion(target: Target | undefined, scratch: ProofReport["scratch"]): readonly ReportFinding[] {
  const major = (server: string): number => Number.parseInt(server, 10);
  if (!target || !scratch || major(target.server) === major(scratch.server)) return [];
  const message = `it was tried on Postgres ${scratch.server}, and the target has ${target.server}`;
  return [
    {
      code: "OTHER_VERSION",
      severity: "info",
      message,
      help: "`--scratch postgresql://…` names a server of the target's version.",
    },
  ];
}

/** The rollback is proved all the same; what a run foresees of the schema is not all that comes. */
function surprise({ version, path }: MigrationFile, words: readonly string[]): ReportFinding {
  const message = `${path}: more comes of it than was foreseen from its statements: ${words.join("; ")}`;
  return { code: "UNFORESEEN", severity: "info", version, message };
}

/** The rollbacks are proved where these do not matter to them. */
function otherSchema(lacks: readonly string[]): readonly ReportFinding[] {
  if (lacks.length === 0) return [];
  const more = lacks.length > 5 ? `; and ${lacks.length - 5} more` : "";
  const message = `the scratch database is not in all like the target: ${lacks.slice(0, 5).join("; ")}${more}`;
  return [{ code: "SCRATCH_DIFFERS", severity: "warning", message }];
}
