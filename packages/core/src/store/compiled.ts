// Owns the compiled queries of history and journal. Generated from queries/index.ts by `pnpm generate`: edit there.

export const readHistory = {
  text: 'select "version", "name" from "supabase_migrations"."schema_migrations" order by version collate "C"',
  parameters: [],
} as const;

export const readStatements = {
  text: 'select "version", "statements" from "supabase_migrations"."schema_migrations" where version = any(cast(cast($1 as text) as text[]))',
  parameters: ["versions"],
} as const;

export const readOldest = {
  text: 'select (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "name" from "supabase_migrations"."schema_migrations" order by version collate "C")) r) as "history", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "name", "checksum", "who", "tool", "applied_at" as "appliedAt" from "clew"."migration")) r) as "migrations", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "direction", "ordinal", "fingerprint", "state", "before" from "clew"."segment" order by "version", "ordinal")) r) as "segments", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "holder", "who", expires_at > pg_catalog.clock_timestamp() as "alive" from "clew"."lease" where expires_at > \'-infinity\')) r) as "leases", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select distinct on ("version") "version", "direction", "outcome", "sqlstate", "message", "at" from "clew"."attempt" order by "version", "id" desc)) r) as "attempts"',
  parameters: [],
} as const;

export const readAll = {
  text: 'select (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "name" from "supabase_migrations"."schema_migrations" order by version collate "C")) r) as "history", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "name", "checksum", "who", "tool", "applied_at" as "appliedAt" from "clew"."migration")) r) as "migrations", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "direction", "ordinal", "fingerprint", "state", "before" from "clew"."segment" order by "version", "ordinal")) r) as "segments", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "holder", "who", expires_at > pg_catalog.clock_timestamp() as "alive" from "clew"."lease" where expires_at > \'-infinity\')) r) as "leases", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select distinct on ("version") "version", "direction", "outcome", "sqlstate", "message", "at" from "clew"."attempt" order by "version", "id" desc)) r) as "attempts", (select coalesce(pg_catalog.json_agg(r), \'[]\') from ((select "version", "ordinal", "class", "reason", archive ->> \'outside\' as "outside", proof::text as "proof", case when proof is not null then pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.replace(pg_catalog.array_to_string(statements, E\';\\n\'), coalesce(archive ->> \'id\', \'\'), \'\'), \'UTF8\')), \'hex\') end as "hash" from "clew"."rollback" order by "version", "ordinal")) r) as "rollbacks"',
  parameters: [],
} as const;

export const readRollbacks = {
  text: 'select "version", "ordinal", "class", "reason", "statements", archive::text as "archive", proof::text as "proof", case when proof is not null then pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.replace(pg_catalog.array_to_string(statements, E\';\\n\'), coalesce(archive ->> \'id\', \'\'), \'\'), \'UTF8\')), \'hex\') end as "hash" from "clew"."rollback" where version = any(cast(cast($1 as text) as text[])) order by "version", "ordinal"',
  parameters: ["versions"],
} as const;

export const insertHistory = {
  text: 'insert into "supabase_migrations"."schema_migrations" ("version", "name", "statements") values (cast($1 as text), cast($2 as text), cast(cast($3 as text) as text[]))',
  parameters: ["version", "name", "statements"],
} as const;

export const deleteHistory = {
  text: 'delete from "supabase_migrations"."schema_migrations" where "version" = cast($1 as text)',
  parameters: ["version"],
} as const;

export const insertMigration = {
  text: 'insert into "clew"."migration" ("version", "name", "checksum", "statements", "run", "who", "tool") values (cast($1 as text), cast($2 as text), cast($3 as text), cast(cast($4 as text) as integer), cast(cast($5 as text) as uuid), cast($6 as text), cast($7 as text)) on conflict ("version") do update set "name" = "excluded"."name", "checksum" = "excluded"."checksum", "statements" = "excluded"."statements", "run" = "excluded"."run", "who" = "excluded"."who", "tool" = "excluded"."tool", "applied_at" = pg_catalog.now()',
  parameters: ["version", "name", "checksum", "statements", "run", "who", "tool"],
} as const;

export const deleteMigration = {
  text: 'delete from "clew"."migration" where "version" = cast($1 as text)',
  parameters: ["version"],
} as const;

export const insertSegment = {
  text: 'insert into "clew"."segment" ("version", "direction", "ordinal", "fingerprint", "state", "run") values (cast($1 as text), cast($2 as text), cast(cast($3 as text) as integer), cast($4 as text), \'done\', cast(cast($5 as text) as uuid))',
  parameters: ["version", "direction", "ordinal", "fingerprint", "run"],
} as const;

export const intendSegment = {
  text: 'insert into "clew"."segment" ("version", "direction", "ordinal", "fingerprint", "state", "before", "run") values (cast($1 as text), cast($2 as text), cast(cast($3 as text) as integer), cast($4 as text), \'intended\', cast($5 as text), cast(cast($6 as text) as uuid)) on conflict ("version", "direction", "ordinal") do update set "fingerprint" = "excluded"."fingerprint", "run" = "excluded"."run", "changed_at" = pg_catalog.now()',
  parameters: ["version", "direction", "ordinal", "fingerprint", "before", "run"],
} as const;

export const finishSegment = {
  text: 'update "clew"."segment" set "state" = \'done\', "changed_at" = pg_catalog.now() where "version" = cast($1 as text) and "direction" = cast($2 as text) and "ordinal" = cast(cast($3 as text) as integer)',
  parameters: ["version", "direction", "ordinal"],
} as const;

export const deleteSegments = {
  text: 'delete from "clew"."segment" where "version" = cast($1 as text)',
  parameters: ["version"],
} as const;

export const insertRun = {
  text: 'insert into "clew"."run" ("id", "kind", "plan", "who", "tool") values (cast(cast($1 as text) as uuid), cast($2 as text), cast($3 as text), cast($4 as text), cast($5 as text)) on conflict ("id") do nothing',
  parameters: ["run", "kind", "plan", "who", "tool"],
} as const;

export const finishRun = {
  text: 'update "clew"."run" set "finished_at" = pg_catalog.clock_timestamp(), "outcome" = cast($1 as text) where "id" = cast(cast($2 as text) as uuid)',
  parameters: ["outcome", "run"],
} as const;

export const makeLease = {
  text: 'insert into "clew"."lease" ("name", "holder", "who", "token", "expires_at") select \'run\' as "name", cast(cast($1 as text) as uuid) as "holder", cast($2 as text) as "who", 1 as "token", pg_catalog.clock_timestamp() + interval \'30 seconds\' as "expires_at" where not exists (select "name" from "clew"."lease") on conflict ("name") do nothing',
  parameters: ["holder", "who"],
} as const;

export const takeLease = {
  text: 'update "clew"."lease" set "holder" = cast(cast($1 as text) as uuid), "who" = cast($2 as text), "token" = token + 1, "expires_at" = pg_catalog.clock_timestamp() + interval \'30 seconds\' where "name" in (select "name" from "clew"."lease" where expires_at < pg_catalog.clock_timestamp() for update skip locked)',
  parameters: ["holder", "who"],
} as const;

export const readLease = {
  text: 'select "holder", "who", expires_at > pg_catalog.clock_timestamp() as "alive" from "clew"."lease"',
  parameters: [],
} as const;

export const passLease = {
  text: 'update "clew"."lease" set "holder" = cast(cast($1 as text) as uuid), "token" = token + 1, "expires_at" = pg_catalog.clock_timestamp() + interval \'30 seconds\' where "holder" = cast(cast($2 as text) as uuid)',
  parameters: ["holder", "lost"],
} as const;

export const keepLease = {
  text: 'update "clew"."lease" set "expires_at" = pg_catalog.clock_timestamp() + interval \'30 seconds\' where "holder" = cast(cast($1 as text) as uuid)',
  parameters: ["holder"],
} as const;

export const endLease = {
  text: 'update "clew"."lease" set "expires_at" = \'-infinity\'::timestamptz where "holder" = cast(cast($1 as text) as uuid)',
  parameters: ["holder"],
} as const;

export const witness = {
  text: 'select exists ((select 1 as "one" from "supabase_migrations"."schema_migrations" where "version" = cast($1 as text))) as "recorded", exists ((select "version" from "clew"."migration" where "version" = cast($2 as text) and "run" = cast(cast($3 as text) as uuid))) as "ours", exists ((select "version" from "clew"."segment" where "version" = cast($4 as text) and "direction" = cast($5 as text) and "ordinal" = cast(cast($6 as text) as integer) and "state" = \'done\')) as "segment"',
  parameters: ["version", "version", "run", "version", "direction", "ordinal"],
} as const;

export const dropSegment = {
  text: 'with gone as (delete from clew.segment\n      where version = cast($1 as text) and direction = cast($2 as text) and ordinal = cast(cast($3 as text) as integer))\n    delete from clew.rollback where version = cast($4 as text) and ordinal = cast(cast($5 as text) as integer)\n      and cast($6 as text) = \'up\' and not exists ((select "version" from "supabase_migrations"."schema_migrations" where "version" = cast($7 as text)))',
  parameters: ["version", "direction", "ordinal", "version", "ordinal", "direction", "version"],
} as const;

export const timeAttempts = {
  text: "update clew.attempt a set ms = t.ms from pg_catalog.json_to_recordset(cast(cast($1 as text) as json)) as t(version text, ms numeric)\n    where a.run = cast(cast($2 as text) as uuid) and a.version = t.version and a.ms is null",
  parameters: ["times", "run"],
} as const;

export const insertAttempt = {
  text: 'insert into "clew"."attempt" ("run", "version", "direction", "outcome", "ms", "sqlstate", "message") values (cast(cast($1 as text) as uuid), cast($2 as text), cast($3 as text), cast($4 as text), cast(cast($5 as text) as numeric), cast($6 as text), cast($7 as text))',
  parameters: ["run", "version", "direction", "outcome", "ms", "sqlstate", "message"],
} as const;

export const insertRollback = {
  text: 'insert into "clew"."rollback" ("version", "ordinal", "class", "reason", "statements", "archive", "run") values (cast($1 as text), cast(cast($2 as text) as integer), cast($3 as text), cast($4 as text), cast(cast($5 as text) as text[]), cast(cast($6 as text) as jsonb), cast(cast($7 as text) as uuid)) on conflict ("version", "ordinal") do nothing',
  parameters: ["version", "ordinal", "class", "reason", "statements", "archive", "run"],
} as const;

export const replaceRollback = {
  text: 'update "clew"."rollback" set "class" = cast($1 as text), "reason" = cast($2 as text), "statements" = cast(cast($3 as text) as text[]), "archive" = cast(cast($4 as text) as jsonb) where "version" = cast($5 as text) and "ordinal" = cast(cast($6 as text) as integer) and "run" = cast(cast($7 as text) as uuid)',
  parameters: ["class", "reason", "statements", "archive", "version", "ordinal", "run"],
} as const;

export const tellLosses = {
  text: "update clew.rollback r set class = 'lossy', reason = 'not kept: ' || l.what\n    from (select pg_catalog.string_agg(distinct relation || ' (' || what || ')', ', ') as what from clew_archive.loss\n      where archive = cast(cast($1 as text) as uuid)) l\n    where r.version = cast($2 as text) and r.ordinal = cast(cast($3 as text) as integer) and l.what is not null and r.class <> 'impossible'",
  parameters: ["archive", "version", "ordinal"],
} as const;

export const keepProof = {
  text: 'update "clew"."rollback" set "proof" = cast(cast($1 as text) as jsonb) where "version" = cast($2 as text)',
  parameters: ["proof", "version"],
} as const;

export const deleteRollbacks = {
  text: 'delete from "clew"."rollback" where "version" = cast($1 as text)',
  parameters: ["version"],
} as const;
