// Owns DO blocks: their PL/pgSQL is followed where its conditions can be decided, and taints what it names where not.
import { type Fields, type Grammar, type Node, nodes, type Value } from "../grammar.ts";
import { answer } from "./answer.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { isHarmless, mayExist, namedBy } from "./named.ts";
import {
  assignedIn,
  bodiesOf,
  countsOf,
  expectsDuplicates,
  firstOf,
  leaves,
  raises,
  rowsOnly,
  schemaWords,
  touchesRows,
} from "./plpgsql.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, fields, optionText, tagged, text } from "./tree.ts";
import { parseBody } from "../plain-types.ts";
import type { Known } from "./system-rows.ts";

/** Folds DO, given what folds any node. */
export function followDo(foldNode: Fold): Fold {
  return (scene, node) => {
    const { grammar, cutter } = scene;
    // Most of those that only move rows have no such word at all.
    if (!schemaWords.test(cutter.text)) return;
    const language = optionText(elements(node["args"]).get("language")) ?? "plpgsql";
    const tree = language === "plpgsql" && grammar ? parseBody(grammar, cutter.text)?.tree : undefined;
    const [root] = nodes(fields(tree)["plpgsql_funcs"]);
    const routine = fields(root?.["PLpgSQL_function"]);
    if (grammar === undefined || root === undefined) {
      scene.cannotRead("dynamic-sql", namedBy(scene, optionText(elements(node["args"]).get("as")) ?? ""));
      return;
    }
    new Follower(scene, grammar, foldNode, nodes(routine["datums"]), cutter.text).follow(routine["action"]);
  };
}

/** Follows the statements of a body. */
export class Follower {
  readonly #scene: Scene;
  readonly #grammar: Grammar;
  readonly #foldNode: Fold;
  readonly #datums: readonly Node[];
  readonly #body: string;
  readonly #variables: Map<string, Known>;
  readonly #parsed = new Map<string, Node>();
  /** Whether what stands here runs for sure. */
  #sure = true;
  #returned = false;

  constructor(
    scene: Scene,
    grammar: Grammar,
    foldNode: Fold,
    datums: readonly Node[],
    body: string,
    given: ReadonlyMap<string, Known> = new Map(),
  ) {
    this.#variables = new Map(given);
    this.#scene = scene;
    this.#grammar = grammar;
    this.#foldNode = foldNode;
    this.#datums = datums;
    this.#body = body;
    for (const datum of datums) {
      const variable = fields(datum["PLpgSQL_var"]);
      const name = text(variable["refname"]);
      if (name !== undefined && variable["default_val"] !== undefined)
        this.#variables.set(name, this.#value(variable["default_val"]));
    }
  }

  get #scope(): Scope {
    return { scene: this.#scene, variables: this.#variables, rows: new Map() };
  }

  follow(statement: Value | undefined): void {
    const [tag, node] = tagged(statement);
    switch (tag) {
      case "PLpgSQL_stmt_block":
        this.#block(node);
        break;
      case "PLpgSQL_stmt_if":
        this.#if(node);
        break;
      case "PLpgSQL_stmt_execsql":
        this.#query(text(fields(fields(node["sqlstmt"])["PLpgSQL_expr"])["query"]) ?? "", node);
        break;
      case "PLpgSQL_stmt_perform":
        this.#query(text(fields(fields(node["expr"])["PLpgSQL_expr"])["query"]) ?? "", node);
        break;
      case "PLpgSQL_stmt_dynexecute":
        this.#execute(node);
        break;
      case "PLpgSQL_stmt_assign": {
        const name = this.#nameOf(Number(node["varno"] ?? 0));
        const written = text(fields(fields(node["expr"])["PLpgSQL_expr"])["query"]) ?? "";
        if (name !== undefined) this.#set(name, this.#expression(written.replace(/^[^:=]*:?=/, "")));
        break;
      }
      case "PLpgSQL_stmt_fors":
        this.#forQuery(node);
        break;
      case "PLpgSQL_stmt_foreach_a":
        this.#forEach(node);
        break;
      case "PLpgSQL_stmt_raise":
        // A block that raises an error for sure is one whose handler is to be followed; without one, what is known is wrong.
        if (Number(node["elog_level"]) >= 21 && this.#sure) this.#returned = this.#sure = this.#scene.guarded;
        break;
      case "PLpgSQL_stmt_return":
        if (this.#sure) this.#returned = true;
        break;
      case "PLpgSQL_stmt_fori":
        this.#forCount(node);
        break;
      case "PLpgSQL_stmt_while":
      case "PLpgSQL_stmt_loop":
      case "PLpgSQL_stmt_forc":
      case "PLpgSQL_stmt_dynfors":
        this.#loop(node);
        break;
      case "PLpgSQL_stmt_case":
        this.#perhaps(() => {
          for (const list of bodiesOf(node)) this.#all(list);
        });
        break;
      default:
    }
  }

  #all(list: Value | undefined): void {
    for (const statement of nodes(list)) {
      if (this.#returned || this.#scene.attempt?.failed === true) return;
      this.follow(statement);
    }
  }

  #block(node: Fields): void {
    const handled = nodes(fields(fields(node["exceptions"])["PLpgSQL_exception_block"])["exc_list"]);
    if (handled.length === 0) {
      this.#all(node["body"]);
      return;
    }
    // What exists already raises the error that the handler is there for: then the whole block has not happened.
    const scene = this.#scene;
    const { guarded, attempt, certainty } = scene;
    const here = { failed: false };
    const from = scene.mark();
    scene.guarded = true;
    if (!expectsDuplicates(handled)) scene.certainty = "assumed";
    scene.attempt = this.#sure ? here : undefined;
    this.#all(node["body"]);
    scene.guarded = guarded;
    scene.attempt = attempt;
    scene.certainty = certainty;
    if (here.failed) scene.backTo(from);
    // Which of several handlers it is depends on the error.
    this.#perhaps(
      () => {
        for (const each of handled) this.#all(fields(each["PLpgSQL_exception"])["action"]);
      },
      here.failed && handled.length === 1,
    );
  }

  #if(node: Fields): void {
    const branches: (readonly [Known, Value | undefined])[] = [[this.#value(node["cond"]), node["then_body"]]];
    for (const each of nodes(node["elsif_list"])) {
      const elsif = fields(each["PLpgSQL_if_elsif"]);
      branches.push([this.#value(elsif["cond"]), elsif["stmts"]]);
    }
    branches.push([true, node["else_body"]]);
    const first = branches.findIndex(([condition]) => condition === true);
    const possible = branches.slice(0, first + 1).filter(([condition]) => condition !== false && condition !== null);
    // A block is taken to succeed, so a branch that ends in an error is not the one.
    const lasting = possible.filter(([, body]) => !this.#sure || !nodes(body).some(raises));
    const [only] = lasting.length > 0 ? lasting : possible;
    if (lasting.length === 1 || possible.length === 1) {
      this.#all(only![1]);
      return;
    }
    this.#perhaps(() => {
      for (const [, body] of lasting) this.#all(body);
    });
  }

  /** What may run or not. */
  #perhaps(run: () => void, certain = false): void {
    const sure = this.#sure;
    this.#sure = sure && certain;
    run();
    this.#sure = sure;
  }

  #value(expression: Value | undefined): Known {
    const query = text(fields(fields(expression)["PLpgSQL_expr"])["query"]);
    return query === undefined ? undefined : this.#expression(query);
  }

  // A loop asks the same again.
  #parse(written: string): Node | undefined {
    let node = this.#parsed.get(written);
    if (node === undefined) {
      const parsed = this.#grammar.parse(written);
      node = parsed.ok ? parsed.statements[0]?.node : undefined;
      if (node !== undefined) this.#parsed.set(written, node);
    }
    return node;
  }

  #expression(written: string): Known {
    const select = fields(this.#parse(`SELECT ${written}`)?.["SelectStmt"]);
    const [target] = nodes(select["targetList"]);
    // `count(*) > 0 FROM x`: an expression may be a whole query.
    if (select["fromClause"] !== undefined) return undefined;
    return evaluate(this.#scope, fields(target?.["ResTarget"])["val"]);
  }

  #query(written: string, node: Fields): void {
    if (rowsOnly.test(written)) return;
    const statement = this.#parse(written);
    if (statement === undefined) return;
    if (node["into"] === true) this.#into(statement, node["target"]);
    else this.#fold(statement, written);
  }

  #into(query: Node, target: Value | undefined): void {
    const [tag, node] = tagged(target);
    const names =
      tag === "PLpgSQL_row"
        ? nodes(node["fields"]).map((each) => text((each as Fields)["name"]) ?? "")
        : [text(node["refname"]) ?? ""];
    const answers = answer(this.#scope, query);
    const first = answers?.[0];
    const known = answers !== undefined && answers.every(({ sure }) => sure);
    if (tag === "PLpgSQL_row") {
      const values = first === undefined ? [] : Object.values(first.values);
      for (const [index, name] of names.entries())
        this.#set(name, known ? (first === undefined ? null : values[index]) : undefined);
      this.#set("found", known ? first !== undefined : undefined);
    } else this.#set(names[0]!, known ? (first === undefined ? null : first.values) : undefined);
  }

  #set(name: string, value: Known): void {
    this.#variables.set(name, this.#sure ? value : undefined);
  }

  #nameOf(number: number): string | undefined {
    const [, datum] = tagged(this.#datums[number]);
    return text(datum["refname"]);
  }

  #execute(node: Fields): void {
    const written = text(fields(fields(node["query"])["PLpgSQL_expr"])["query"]) ?? "";
    const sql = this.#expression(written);
    if (touchesRows(written, sql)) return;
    const parsed = typeof sql === "string" ? this.#grammar.parse(sql) : undefined;
    if (typeof sql !== "string" || parsed?.ok !== true) {
      // What a variable holds is put together of what stands in the block.
      const from = sql ?? (/^[\s(]*\w+[\s)]*$/.test(written) ? this.#body : written);
      this.#scene.cannotRead("dynamic-sql", namedBy(this.#scene, String(from), this.#body));
      return;
    }
    for (const { node: statement, start, end } of parsed.statements) {
      // Places in trees are those of the whole text, so a text of several is folded from the whole.
      this.#fold(
        statement,
        parsed.statements.length === 1
          ? sql
          : new TextDecoder().decode(new TextEncoder().encode(sql).subarray(start, end)),
        parsed.statements.length > 1,
      );
    }
  }

  #forQuery(node: Fields): void {
    const written = text(fields(fields(node["query"])["PLpgSQL_expr"])["query"]) ?? "";
    const query = this.#parse(written);
    const answers = query && answer(this.#scope, query);
    const [tag, target] = tagged(node["var"]);
    const known = answers !== undefined && answers.every(({ sure }) => sure) && this.#sure;
    if (!known) {
      this.#loop(node);
      return;
    }
    for (const { values } of answers) {
      if (tag === "PLpgSQL_row") {
        const list = Object.values(values);
        for (const [index, each] of nodes(target["fields"]).entries())
          this.#set(text((each as Fields)["name"]) ?? "", list[index]);
      } else this.#set(text(target["refname"]) ?? "", tag === "PLpgSQL_var" ? Object.values(values)[0] : values);
      this.#all(node["body"]);
      if (this.#returned) return;
    }
  }

  #forCount(node: Fields): void {
    const step = node["step"] === undefined ? "1" : this.#value(node["step"]);
    const counts = countsOf(this.#value(node["lower"]), this.#value(node["upper"]), step, node["reverse"] === true);
    const name = text(tagged(node["var"])[1]["refname"]);
    if (counts === undefined || name === undefined || !this.#sure || leaves(node["body"])) {
      this.#loop(node);
      return;
    }
    for (const count of counts) {
      this.#set(name, count);
      this.#all(node["body"]);
      if (this.#returned) return;
    }
  }

  // Each round finds what the one before it has set.
  #loop(node: Fields): void {
    for (const each of assignedIn(node)) {
      const name = typeof each === "string" ? each : this.#nameOf(each);
      if (name !== undefined) this.#variables.set(name, undefined);
    }
    this.#perhaps(() => this.#all(node["body"]));
  }

  #forEach(node: Fields): void {
    const list = this.#value(node["expr"]);
    const name = this.#nameOf(Number(node["varno"] ?? 0));
    if (!Array.isArray(list) || name === undefined || !this.#sure) {
      this.#loop(node);
      return;
    }
    for (const value of list as readonly Known[]) {
      this.#set(name, value);
      this.#all(node["body"]);
      if (this.#returned) return;
    }
  }

  #fold(statement: Node, written: string, reparse = false): void {
    const scene = this.#scene;
    const node = reparse ? firstOf(this.#grammar, written) : statement;
    if (node === undefined) return;
    const { guarded, certainty, attempt } = scene;
    scene.within(written, () => {
      // A query is followed all the same: it says itself what it may do.
      if (this.#sure || node["SelectStmt"] !== undefined) {
        this.#foldNode(scene, node);
        return;
      }
      if (isHarmless(node)) return;
      // Perhaps it runs: what it would make is likely to be there afterwards, what it would change is not known.
      if (!mayExist(node)) {
        scene.cannotRead("dynamic-sql", namedBy(scene, written));
        return;
      }
      scene.guarded = true;
      scene.attempt = undefined;
      scene.certainty = "assumed";
      this.#foldNode(scene, node);
    });
    scene.guarded = guarded;
    scene.attempt = attempt;
    scene.certainty = certainty;
  }
}
