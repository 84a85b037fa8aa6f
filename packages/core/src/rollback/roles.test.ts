// Tests of roles: what becomes of those that a migration does not speak of is not taken for its own.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

test.each([
  ["of another database", "create table a (id int)", false],
  ["that it makes itself", "create role comes_meanwhile; create table a (id int)", true],
])("a role %s, while a DO block runs", async (_, body, own) => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "1_do.sql": `do $do$ begin ${body}; perform pg_sleep(0.6); end $do$;`,
  });
  let others: Promise<unknown> | undefined;
  const later = () => new Promise((resolve) => setTimeout(resolve, 300));
  await using executor = new MigrationExecutor({
    databaseUrl: db.url,
    dir: folder.path,
    observers: [
      ({ type }) => {
        if (type === "step.started" && !own) others = later().then(() => db.sql("create role comes_meanwhile"));
      },
    ],
  });
  try {
    expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
    await others;
    const [made] = await db.sql<{ text: string; class: string }>(
      "select array_to_string(statements, ';') as text, class from clew.rollback",
    );
    expect(made).toMatchObject({ class: "exact", text: expect.stringContaining("DROP TABLE") });
    expect(made!.text.includes("comes_meanwhile")).toBe(own);
  } finally {
    await db.sql("drop role if exists comes_meanwhile");
  }
});
