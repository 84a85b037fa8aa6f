// Holds the catalog of a new Supabase project to its use: files of a project are linted on it.
import { expect, test } from "vitest";
import { loadGrammar } from "./grammar.ts";
import { lint } from "./lint.ts";
import { supabaseCatalog } from "./supabase.ts";

const content = `create table public.notes (id uuid primary key, owner uuid references auth.users (id), secret text);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated using (auth.uid() = owner);
insert into storage.buckets (id, name) values ('files', 'files');
select auth.uuid();`;

test.each([15, 17])("what Supabase brings is known, and no more (Postgres %i)", async (major) => {
  const grammar = await loadGrammar();
  const linting = lint([{ path: "1_notes.sql", content }], supabaseCatalog(major), { grammar });
  expect([...linting].flatMap(({ findings }) => findings)).toMatchObject([{ code: "UNKNOWN_FUNCTION", line: 5 }]);
  expect(linting.catalog().major).toBe(major);
});
