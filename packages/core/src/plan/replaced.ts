// Owns which objects a script drops only to make them anew: a policy, a function, a view that gets another text. Pure.
import type { Loss } from "@clew/sql-analyzer";
import type { Fields, Statement } from "@clew/sql-analyzer/reading";

type Name = readonly (string | undefined)[];

/** Whether a later statement of the script makes the object again. Of what holds rows nothing is made again. */
export function isMadeAgain(loss: Loss, later: readonly Statement[]): boolean {
  if (loss.what !== "object" || loss.cascade) return false;
  const name = nameKey(loss.name);
  return later.some((statement) =>
    madeBy(statement).some(([type, made]) => type === loss.type && nameKey(made) === name),
  );
}

/** A name without a schema is mostly one in `public`. */
export function nameKey(name: Name): string {
  const parts = name.filter((part) => part !== undefined);
  return JSON.stringify(parts[0] === "public" && parts.length > 1 ? parts.slice(1) : parts);
}

function madeBy({ ast }: Statement): readonly (readonly [type: string, name: Name])[] {
  const [tag, fields] = Object.entries(ast ?? {})[0] ?? [];
  return (tag && makers[tag]?.(fields as Fields)) || [];
}

const makers: Readonly<Record<string, (fields: Fields) => readonly (readonly [string, Name])[]>> = {
  CreatePolicyStmt: ({ table, policy_name }) => [["POLICY", [...relationName(table), text(policy_name)]]],
  CreateTrigStmt: ({ relation: on, trigname }) => [["TRIGGER", [...relationName(on), text(trigname)]]],
  RuleStmt: ({ relation: on, rulename }) => [["RULE", [...relationName(on), text(rulename)]]],
  ViewStmt: ({ view }) => [["VIEW", relationName(view)]],
  IndexStmt: ({ relation: on, idxname }) => [["INDEX", [...relationName(on).slice(0, -1), text(idxname)]]],
  CreateFunctionStmt: ({ is_procedure, funcname }) => [[is_procedure ? "PROCEDURE" : "FUNCTION", strings(funcname)]],
  AlterTableStmt: ({ relation: on, cmds }) =>
    (cmds as readonly { AlterTableCmd?: { subtype?: string; def?: { Constraint?: Fields } } }[]).flatMap(
      ({ AlterTableCmd: command }) =>
        command?.subtype === "AT_AddConstraint"
          ? [["CONSTRAINT", [...relationName(on), text(command.def?.Constraint?.["conname"])]] as const]
          : [],
    ),
};

export function relationName(range: unknown): Name {
  const { schemaname, relname } = (range ?? {}) as Fields;
  return schemaname === undefined ? [text(relname)] : [text(schemaname), text(relname)];
}

function strings(list: unknown): Name {
  return ((list ?? []) as readonly { String?: { sval?: string } }[]).map((item) => item.String?.sval);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
