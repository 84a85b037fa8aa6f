// Holds the kept catalog of the Supabase baseline to the baseline itself; CLEW_UPDATE=1 writes it anew.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describeDiff, diff, filterCatalog } from "@clew/sql-analyzer";
import { freshDatabase, secretUser } from "@clew/kit";
import { Client } from "pg";
import { expect, test } from "vitest";
import { pg } from "../drivers/pg.ts";
import { introspect } from "../introspect/introspect.ts";
import { baselineCatalog } from "./baseline.ts";

test.skipIf((process.env["PG_MAJOR"] ?? "17") !== "17")(
  "the kept catalog is what the baseline makes (on Postgres 17)",
  async () => {
    await using db = await freshDatabase({ template: "supabase" });
    await using session = await pg(() => new Client(db.url)).connect();
    const kit = `role ${secretUser.user}`;
    const catalog = filterCatalog(await introspect(session), (fact) => fact.key !== kit);
    if (process.env["CLEW_UPDATE"]) {
      const file = new URL("../../baseline/catalog.json.gz", import.meta.url);
      writeFileSync(file, gzipSync(JSON.stringify(catalog), { level: 9 }));
    }
    expect(describeDiff(diff(baselineCatalog(), catalog))).toEqual([]);
  },
);
