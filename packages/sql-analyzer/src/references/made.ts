// Owns which names a statement makes, as far as its tree says.
import type { Fields, Value } from "../grammar.ts";
import { fields, items, strings, text } from "../fold/tree.ts";
import { walkTree } from "../walk.ts";

/** Names that are made, by what they name. */
export class Made {
  readonly #names = new Map<string, Set<string>>();
  readonly #outer: Made | undefined;

  /** What a body around makes is there as well. */
  constructor(outer?: Made) {
    this.#outer = outer;
  }

  /** Adds what the statements in a tree make, at whatever depth. */
  addTree(tree: Value | undefined): void {
    walkTree(tree, undefined, (tag, node) => makers[tag]?.(this, node));
  }

  add(sort: string, name: string | undefined): void {
    if (name === undefined) return;
    const set = this.#names.get(sort);
    if (set === undefined) this.#names.set(sort, new Set([name]));
    else set.add(name);
  }

  /** Whether one of them may bring more than its tree says. */
  get extends(): boolean {
    return this.#names.has("extension") || this.#outer?.extends === true;
  }

  has(sort: string, name: string): boolean {
    const group = groups[sort] ?? sort;
    return (
      this.#names.get(group)?.has(name) === true ||
      (group === "type" && this.#names.get("table")?.has(name) === true) ||
      this.#outer?.has(sort, name) === true
    );
  }
}

// Sorts that share their names.
const groups: { readonly [sort: string]: string | undefined } = {
  index: "table",
  sequence: "table",
  view: "table",
  "argument count": "function",
};

const relation = (made: Made, rangeVar: Value | undefined): void =>
  made.add("table", text(fields(rangeVar)["relname"]));

const makers: { readonly [tag: string]: ((made: Made, node: Fields) => void) | undefined } = {
  CreateStmt: (made, node) => relation(made, node["relation"]),
  IntoClause: (made, node) => relation(made, node["rel"]),
  ViewStmt: (made, node) => relation(made, node["view"]),
  IndexStmt: (made, node) => made.add("table", text(node["idxname"])),
  CreateSeqStmt: (made, node) => relation(made, node["sequence"]),
  CreateFunctionStmt: (made, node) => made.add("function", strings(node["funcname"]).at(-1)),
  CreateEnumStmt: (made, node) => made.add("type", strings(node["typeName"]).at(-1)),
  CreateRangeStmt: (made, node) => made.add("type", strings(node["typeName"]).at(-1)),
  CreateDomainStmt: (made, node) => made.add("type", strings(node["domainname"]).at(-1)),
  CompositeTypeStmt: (made, node) => made.add("type", text(fields(node["typevar"])["relname"])),
  CreateSchemaStmt: (made, node) => made.add("schema", text(node["schemaname"])),
  CreateRoleStmt: (made, node) => made.add("role", text(node["role"])),
  CreateExtensionStmt: (made, node) => made.add("extension", text(node["extname"])),
  CreatePublicationStmt: (made, node) => made.add("publication", text(node["pubname"])),
  CreatePolicyStmt: (made, node) => made.add("policy", text(node["policy_name"])),
  CreateTrigStmt: (made, node) => made.add("trigger", text(node["trigname"])),
  RuleStmt: (made, node) => made.add("rule", text(node["rulename"])),
  Constraint: (made, node) => made.add("constraint", text(node["conname"])),
  ColumnDef: (made, node) => made.add("column", text(node["colname"])),
  DefineStmt: (made, node) => {
    const sort = node["kind"] === "OBJECT_TYPE" ? "type" : "function";
    made.add(sort, strings(items(node["defnames"])).at(-1));
  },
  TriggerTransition: (made, node) => made.add("table", text(node["name"])),
  RenameStmt: (made, node) => {
    for (const sort of ["table", "column", "constraint", "function", "type", "schema", "policy", "trigger", "role"]) {
      made.add(sort, text(node["newname"]));
    }
  },
};
