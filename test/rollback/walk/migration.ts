// Owns random migrations: statements that were tried one after the other, in a transaction that is given up.
import type { Client } from "pg";
import type { Random } from "../../fuzz/mutation.ts";
import { objects } from "./objects.ts";
import { lookAround } from "./scene.ts";
import { rows, tables, type Maker } from "./tables.ts";
import { Nothing, walker, type Walker } from "./walker.ts";

const tries = 6;

/** The statements of a migration that this database takes. */
export async function makeMigration(client: Client, random: Random): Promise<readonly string[]> {
  const count = 1 + random(random(4) === 0 ? 24 : 12);
  const makers = [tables, objects, rows];
  const made: string[] = [];
  await client.query("begin");
  try {
    let scene = await lookAround(client);
    for (let left = count * tries; left > 0 && made.length < count; left -= 1) {
      const w = walker(random, scene);
      const text = statement(w, w.of(makers));
      if (text === undefined || !(await isTaken(client, text))) continue;
      made.push(text);
      scene = await lookAround(client);
    }
  } finally {
    await client.query("rollback; reset all");
  }
  return alone(made, random);
}

function statement(w: Walker, makers: readonly Maker[]): string | undefined {
  let at = w.below(makers.reduce((sum, [often]) => sum + often, 0));
  const [, make] = makers.find(([often]) => (at -= often) < 0)!;
  try {
    const text = make(w);
    if (!w.chance(12) || /^(?:do|set|select) /.test(text)) return text;
    return w.chance(50) ? `do $do$ begin ${text}; end $do$` : `do $do$ begin execute $sql$${text}$sql$; end $do$`;
  } catch (error) {
    if (error instanceof Nothing) return undefined;
    throw error;
  }
}

async function isTaken(client: Client, text: string): Promise<boolean> {
  await client.query("savepoint tried");
  try {
    await client.query(`${text}; set constraints all immediate; set constraints all deferred`);
    return true;
  } catch {
    await client.query("rollback to tried");
    return false;
  }
}

/** Some indexes are made without stopping writers, some migrations bring their own transaction. */
function alone(made: readonly string[], random: Random): readonly string[] {
  const [first = ""] = made;
  if (made.length === 1 && random(2) === 0) {
    return [
      first
        .replace(/^create (unique )?index (?=\S+ on )/, "create $1index concurrently ")
        .replace("create undefined", "create "),
    ];
  }
  return made.length > 1 && random(15) === 0 ? ["begin", ...made, "commit"] : made;
}
