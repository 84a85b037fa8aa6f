// Owns a client that has the server plan each text once: a session asks the same long questions again and again.
import type { Client } from "pg";

interface Connection {
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { portal: string; statement: string; values: readonly (string | null)[] }): void;
  on(event: "errorMessage", listener: () => void): void;
}

/** Texts that are worth it. */
const long = 1_000;

/** From now on, statements without a name get one. Those that were being prepared when something failed, get another. */
export function keepPlans<C extends Client>(client: C): C {
  const { connection } = client as unknown as { readonly connection: Connection };
  const parse = connection.parse.bind(connection);
  const bind = connection.bind.bind(connection);
  const names = new Map<string, string>();
  let made = 0;
  let next = "";
  connection.on("errorMessage", () => names.clear());
  connection.parse = (message) => {
    next = message.name;
    if (message.name !== "" || message.text.length < long) return parse(message);
    const known = names.get(message.text);
    next = known ?? `plan_${made++}`;
    names.set(message.text, next);
    if (known === undefined) parse({ ...message, name: next });
  };
  connection.bind = (message) => bind(message.statement === "" ? { ...message, statement: next } : message);
  return client;
}
