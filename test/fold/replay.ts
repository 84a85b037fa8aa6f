// Owns running files on a server as a runner would: a transaction each, and by itself what refuses one.
import { read, segment, type Grammar, type Statement } from "@clew/sql-analyzer";
import type { Client } from "pg";

export interface File {
  readonly name: string;
  readonly text: string;
}

/** The statements of the file, once it has been applied. Throws the server's error; then nothing of its segment is left. */
export async function replay(client: Client, { text }: File, grammar: Grammar): Promise<readonly Statement[]> {
  const script = read(text, grammar);
  await client.query("reset all; reset role");
  for (const { kind, statements } of segment(script).segments) {
    const sql = statements.map((statement) => statement.text).join(";\n");
    if (kind === "alone") await client.query(sql);
    else {
      try {
        await client.query(`begin;\n${sql};\ncommit`);
      } catch (error) {
        await client.query("rollback");
        throw error;
      }
    }
  }
  return script.statements;
}
