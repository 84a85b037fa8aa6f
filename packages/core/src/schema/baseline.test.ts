// Holds the kept catalog of the Supabase baseline to the baseline itself; CLEW_UPDATE=1 writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { describeDiff, diff, filterCatalog } from "@clew/sql-analyzer";
import { supabaseCatalog } from "@clew/sql-analyzer/supabase";
import { freshDatabase, secretUser } from "@clew/kit";
import { Client } from "pg";
import { expect, test } from "vitest";
import { pg } from "../drivers/pg.ts";
import { introspect } from "../introspect/introspect.ts";

test.skipIf((process.env["PG_MAJOR"] ?? "17") !== "17")(
  "the kept catalog is what the baseline makes (on Postgres 17)",
  async () => {
    await using db = await freshDatabase({ template: "supabase" });
    await using session = await pg(() => new Client(db.url)).connect();
    const kit = `role ${secretUser.user}`;
    const catalog = filterCatalog(await introspect(session), (fact) => fact.key !== kit);
    if (process.env["CLEW_UPDATE"]) {
      const file = new URL("../../../sql-analyzer/src/supabase-catalog.ts", import.meta.url);
      const [head] = /^.*?=\n/s.exec(readFileSync(file, "utf8"))!;
      writeFileSync(file, `${head}  '${JSON.stringify(catalog).replaceAll(/[\\']/g, "\\$&")}';\n`);
    }
    expect(describeDiff(diff(supabaseCatalog(), catalog))).toEqual([]);
  },
);
