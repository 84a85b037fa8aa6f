// Owns the approval of plans: a run whose plan must be approved runs that plan and no other.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClewError } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";

/** `none`: nobody asks. `required`: somebody must have approved the plan. A number: so many people must have. */
export type ApprovalDemand = "none" | "required" | number;

/** An approval as a file: `<anything>.json` in the folder of approvals. */
export interface Approval {
  /** Id of the plan, or of the repair, baseline, adoption. */
  readonly plan: string;
  /** Who approves it. */
  readonly who: string;
  /** Until when it holds: an ISO time. */
  readonly until: string;
}

/** What a run is told of approvals. */
export interface Approving {
  readonly demand: ApprovalDemand;
  /** The folder in which approvals lie as files. */
  readonly folder: string;
  /** The id of the plan that is approved for this run. */
  readonly approve?: string | undefined;
  /** The approved plan itself: what has changed since can be said. */
  readonly approved?: Plan | undefined;
  /** Who runs, for one approval among several. */
  readonly who: string;
}

/** Throws PLAN_CHANGED where this is not the plan that was approved, and NOT_APPROVED where nobody has approved it. */
export async function refuseUnapproved(plan: Plan, approving: Approving, now: Date = new Date()): Promise<void> {
  const { demand, folder, approve, approved, who } = approving;
  const wanted = approve ?? approved?.id;
  if (approved && approve !== undefined && approved.id !== approve)
    throw new ClewError("NOT_APPROVED", `the plan has the id ${approved.id}, and ${approve} is approved`);
  if (wanted !== undefined && plan.id !== wanted) throw changed(plan, wanted, approved);
  if (plan.steps.length === 0) return;
  const look = plan.steps[0]!.direction === "down" ? "clew rollback --dry-run" : "clew plan";
  await refuseTooFew({ what: "plan", id: plan.id, look }, { demand, folder, approve, who }, now);
}

/** Something that needs an approval as a plan does, though it runs nothing of a migration. */
export interface Change {
  /** In a word: `repair`. */
  readonly what: string;
  /** Stands for what would be changed, on which history of which database. */
  readonly id: string;
  /** The command that shows it. */
  readonly look: string;
}

/** The same for a change of the history: throws PLAN_CHANGED where another one was approved, and NOT_APPROVED. */
export async function refuseUnapprovedChange(change: Change, approving: Omit<Approving, "approved">): Promise<void> {
  const { approve } = approving;
  if (approve !== undefined && approve !== change.id)
    throw new ClewError(
      "PLAN_CHANGED",
      `what would be done now is ${change.what} ${change.id}, not ${approve}, which was approved`,
      { help: `Nothing was changed. Look at it as it is now with \`${change.look}\`, and have that approved.` },
    );
  await refuseTooFew(change, approving, new Date());
}

async function refuseTooFew(
  { what, id, look }: Change,
  { demand, folder, approve, who }: Omit<Approving, "approved">,
  now: Date,
): Promise<void> {
  if (demand === "none") return;
  const least = demand === "required" ? 1 : demand;
  const files = (await readApprovals(folder)).filter((one) => one.plan === id);
  const valid = files.filter(({ until }) => new Date(until) > now);
  const people = new Set([...valid.map((one) => one.who), ...(approve === undefined ? [] : [who])]);
  if (people.size >= least) return;
  const expired = files.filter((one) => !valid.includes(one)).map((one) => `${one.who}'s expired at ${one.until}`);
  const have = people.size === 0 ? "nobody has approved it" : `approved by ${[...people].join(", ")} alone`;
  throw new ClewError(
    "NOT_APPROVED",
    `${what} ${id} needs ${least === 1 ? "an approval" : `${least} approvals`}, and ${[have, ...expired].join("; ")}; nothing was ${what === "plan" ? "run" : "changed"}`,
    {
      help: `Look at it with \`${look}\`; then \`--approve ${id}\`, or a file in ${folder}: { "plan": "${id}", "who": "<name>", "until": "<time>" }.`,
    },
  );
}

/** What is different between two plans, in words. */
export function planChanges(then: Plan, now: Plan): readonly string[] {
  const changes: string[] = [];
  const place = ({ target }: Plan): string => JSON.stringify([target.database, target.identity]);
  if (place(then) !== place(now)) {
    const other = then.target.database === now.target.database ? " of the same name on another server" : "";
    changes.push(
      `the target is another: it was made for ${then.target.database}, this is ${now.target.database}${other}`,
    );
  }
  changes.push(...listed("the history has rows that it did not have", added(then.history, now.history)));
  changes.push(...listed("the history does not have rows any more that it had", added(now.history, then.history)));
  const before = new Map(then.steps.map((step) => [step.version, step]));
  const after = new Set(now.steps.map(({ version }) => version));
  changes.push(
    ...listed(
      "migrations would not run that were in it",
      then.steps.filter(({ version }) => !after.has(version)).map(({ path }) => path),
    ),
  );
  for (const step of now.steps) {
    const known = before.get(step.version);
    if (known === undefined) changes.push(`${step.path} would run, and was not in it`);
    else if (known.text !== step.text) changes.push(`${step.path} has changed`);
    else if (known.down !== step.down) changes.push(`the rollback of ${step.path} has changed`);
    else if (known.name !== step.name) changes.push(`${step.path} had the name ${known.name}`);
    else if (known.mode !== step.mode || progress(known) !== progress(step))
      changes.push(`${step.path} has run in part since`);
  }
  return changes;
}

function progress({ segments }: Plan["steps"][number]): string {
  return segments.map(({ done }) => Number(done)).join("");
}

function changed(plan: Plan, wanted: string, approved: Plan | undefined): ClewError {
  const why = approved ? planChanges(approved, plan) : [];
  const list = why.length > 0 ? `:\n${why.map((one) => `  ${one}`).join("\n")}` : "";
  const without = approved ? "" : " Give the plan's file too (`--plan plan.json`), and what has changed is said.";
  return new ClewError(
    "PLAN_CHANGED",
    `what would run now is plan ${plan.id}, not ${wanted}, which was approved${list}`,
    {
      help: `Nothing was run. Look at the plan as it is now with \`clew plan\`, and have that one approved.${without}`,
    },
  );
}

function added(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = new Set(before);
  return after.filter((row) => !known.has(row));
}

function listed(what: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(", ") + (names.length > 5 ? `, … (${names.length} in all)` : "");
  return [`${what}: ${shown}`];
}

/** Throws CONFIG_INVALID for a file that is no approval: one that is passed over would be missed by nobody. */
async function readApprovals(folder: string): Promise<readonly Approval[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw new ClewError("CONFIG_INVALID", `${folder}: approvals cannot be read: ${(error as Error).message}`);
  });
  const found = names.filter((name) => name.endsWith(".json")).map((name) => readApproval(join(folder, name)));
  return Promise.all(found);
}

async function readApproval(path: string): Promise<Approval> {
  const said = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as Partial<Approval> | null,
    () => null,
  );
  const { plan, who, until } = said ?? {};
  if (
    typeof plan === "string" &&
    typeof who === "string" &&
    typeof until === "string" &&
    !Number.isNaN(Date.parse(until))
  )
    return { plan, who, until };
  throw new ClewError("CONFIG_INVALID", `${path} is no approval`, {
    help: 'It is JSON: { "plan": "<id>", "who": "<name>", "until": "<time, e.g. 2026-12-01T18:00:00Z>" }.',
  });
}
