// Random statements on tables that refer to one another are undone to the last row. ARCHIVE_SEED and ARCHIVE_RUNS choose.
import type { Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archivedHere, startArchiveServer } from "../../test/archived.ts";

let server: Server;
beforeAll(async () => {
  server = await startArchiveServer();
});
afterAll(() => server?.stop());

const seed = Number(process.env["ARCHIVE_SEED"] ?? 1);
const runs = Number(process.env["ARCHIVE_RUNS"] ?? 6);

/** A generator of whole numbers below a bound: mulberry32. */
function numbers(from: number): (bound: number) => number {
  let state = from;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

const setup = `create table a (id integer primary key, email text unique, v integer, up integer references a on delete set null);
create table b (id integer primary key, a integer references a on delete cascade on update cascade, code text, v integer);
create table c (b integer references b on delete cascade, n integer, v text, primary key (b, n));
create table d (x integer, y text);
create table e (id integer, part integer, v integer, primary key (id, part)) partition by list (part);
create table e0 partition of e for values in (0); create table e1 partition of e for values in (1, 2);
create table log (at text);
create function note() returns trigger language plpgsql as $$ begin insert into log values (tg_op || tg_table_name); return coalesce(new, old); end $$;
create trigger note before insert or update or delete on b for each row execute function note();
create function again() returns trigger language plpgsql as $$ begin if pg_trigger_depth() < 2 then update d set x = x + 1 where x = new.x; end if; return null; end $$;
create trigger again after update on d for each row execute function again();
insert into a select i, 'e' || i, i, nullif(i / 2, 0) from generate_series(1, 20) i; insert into b select i, 1 + i % 20, 'c' || i, i from generate_series(1, 30) i;
insert into c select 1 + i % 30, i, 'v' from generate_series(1, 60) i; insert into d select i % 5, 'y' || i % 3 from generate_series(1, 30) i; insert into e select i, i % 3, i from generate_series(1, 30) i;`;

/** Statements, each in a block that passes over what constraints refuse. */
function statements(any: (bound: number) => number): string {
  const n = (): string => String(any(40));
  const one: readonly (() => string)[] = [
    () => `insert into a values (${n()}, 'e' || ${n()}, ${n()}, (select min(id) from a)) on conflict do nothing`,
    () =>
      `insert into a values (${n()}, 'f' || ${n()}, 1, null) on conflict (id) do update set v = a.v + 1, email = excluded.email`,
    () => `update a set v = v + 1, up = (select max(id) from a) where id % 3 = ${String(any(3))}`,
    () => `update a set id = id + 100 where id = ${n()}`,
    () => `update a set email = email || 'x' where v % 2 = 0`,
    () => `delete from a where id in (${n()}, ${n()})`,
    () => `insert into b select ${n()}, min(id), 'n', 0 from a on conflict do nothing`,
    () => `update b set a = (select max(id) from a), v = ${n()} where id < ${n()}`,
    () => `delete from b where id = ${n()}`,
    () => `insert into c select min(id), ${n()}, 'new' from b on conflict do nothing`,
    () => `update c set n = n + 100 where n = ${n()}`,
    () => `delete from c where n % 7 = ${String(any(7))}`,
    () => `insert into d select ${String(any(5))}, 'y' from generate_series(1, 2)`,
    () => `update d set y = 'z' where x = ${String(any(5))}`,
    () => `delete from d where ctid in (select ctid from d where x = ${String(any(5))} limit 2)`,
    () => `update e set part = (part + 1) % 3, v = v + 1 where id % 4 = ${String(any(4))}`,
    () => `delete from e${String(any(2))} where id = ${n()}`,
    () => `insert into e values (${n()}, ${String(any(3))}, 0) on conflict do nothing`,
    () => `truncate ${["c", "d", "e1", "b cascade"][any(4)]!}`,
    () => `delete from log`,
  ];
  return Array.from({ length: 12 }, () => {
    const text = one[any(any(8) === 0 ? one.length : one.length - 2)]!();
    return `do $$ begin ${text}; exception when integrity_constraint_violation then null; end $$`;
  }).join(";\n");
}

test.each(Array.from({ length: runs }, (_, run) => seed + run))("seed %i", async (from) => {
  await using db = await archivedHere(setup, server);
  const before = await db.contents();
  const text = statements(numbers(from));
  const plan = await db.up(text);
  expect(await db.losses(), text).toEqual([]);
  await db.down(plan).catch((error: unknown) => {
    throw new Error(text, { cause: error });
  });
  expect(await db.conflicts(), text).toEqual([]);
  expect(await db.contents(), text).toBe(before);
});
