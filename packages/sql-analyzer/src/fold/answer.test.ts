// Holds queries of Postgres's catalogs to an answer where the catalogs are large.
import { expect, test } from "vitest";
import { catalogOf } from "../catalog/catalog.ts";
import { loadGrammar } from "../grammar.ts";
import { read } from "../read.ts";
import { fold } from "./fold.ts";

test("a block goes through a join of all columns and all tables", async () => {
  const tables = Array.from({ length: 400 }, (_, at) => `create table public.t${at} (a int, b text, c text);`);
  const block = `
    do $$ declare r record; begin
      for r in
        select c.table_name, c.column_name
        from information_schema.columns c
        join information_schema.tables t on c.table_schema = t.table_schema and c.table_name = t.table_name
        where t.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type = 'text'
      loop
        execute format('alter table public.%I drop constraint if exists %I', r.table_name, r.column_name || '_long');
        execute format('alter table public.%I add constraint %I check (length(%I) < 9)', r.table_name, r.column_name || '_long', r.column_name);
      end loop;
    end $$;`;
  const grammar = await loadGrammar();
  const { statements } = read(`create schema public;\n${tables.join("\n")}\n${block}`, grammar);
  const { catalog, opaque } = fold(catalogOf([], { source: "files", major: 17 }), statements, { grammar });
  const added = Object.values(catalog.facts).filter(
    ({ kind, certainty }) => kind === "constraint" && certainty === "exact",
  );
  expect(opaque).toEqual([]);
  expect(added).toHaveLength(800);
});
