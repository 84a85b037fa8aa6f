// Owns the cases of ALTER TABLE: every sub-command that the grammar has.
import type { Case } from "../case.ts";

const fk = "alter table target add constraint fk foreign key (ref) references referenced_1";
const referenced =
  "create table referenced_1 (id int primary key); insert into referenced_1 select generate_series(1, 200)";
const trigger = `create function noop() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on target for each row execute function noop()`;
const partitionedTarget = `drop table target; create table target (id int not null, a int) partition by range (id);
  create table partitions_1 partition of target for values from (0) to (1000);
  insert into target select g, g from generate_series(1, 200) g`;
const partition = `create table other_ (like target); alter table other rename to other_old; alter table other_ rename to other;
  insert into other select g, g from generate_series(1001, 1200) g`;
const foreignTable = `create foreign data wrapper w; create server s foreign data wrapper w; drop table target;
  create foreign table target (id int, a int) server s`;

export const addColumn: readonly Case[] = [
  { key: "ALTER TABLE ADD COLUMN", sql: "alter table target add column c int" },
  { sql: "alter table target add column if not exists c int" },
  {
    sql: "alter table target add column if not exists a int",
  },
  {
    key: "ALTER TABLE ADD COLUMN of a user-defined type",
    setup: "create type mood as enum ('ok')",
    sql: "alter table target add column c mood",
  },
  {
    key: "ALTER TABLE ADD COLUMN of a user-defined type",
    when: "the type is a domain with constraints",
    setup: "create domain mood as text check (value <> '')",
    sql: "alter table target add column c mood",
  },
  { key: "ALTER TABLE ADD COLUMN DEFAULT stable", sql: "alter table target add column c int default 5" },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT stable",
    sql: "alter table target add column c timestamptz default now() + interval '1 day'",
  },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT volatile",
    sql: "alter table target add column c timestamptz default clock_timestamp()",
  },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT volatile",
    sql: "alter table target add column c uuid default gen_random_uuid()",
  },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT unknown",
    setup: "create function f() returns int language plpgsql as 'begin return 1; end'",
    sql: "alter table target add column c int default f()",
  },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT unknown",
    when: "its functions are stable or immutable",
    setup: "create function f() returns int stable language plpgsql as 'begin return 1; end'",
    sql: "alter table target add column c int default f()",
  },
  { key: "ALTER TABLE ADD COLUMN serial", sql: "alter table target add column c bigserial" },
  {
    key: "ALTER TABLE ADD COLUMN GENERATED AS IDENTITY",
    sql: "alter table target add column c int generated always as identity",
    partitioned: false,
  },
  {
    key: "ALTER TABLE ADD COLUMN GENERATED STORED",
    sql: "alter table target add column c int generated always as (a * 2) stored",
  },
  { since: 18, sql: "alter table target add column c int generated always as (a * 2) virtual" },
  {
    key: "ALTER TABLE ADD COLUMN GENERATED VIRTUAL NOT NULL",
    since: 18,
    sql: "alter table target add column c int generated always as (a * 2) virtual not null",
  },
  { sql: "alter table target add column c int not null default 5" },
  { key: "ALTER TABLE ADD COLUMN CHECK", sql: "alter table target add column c int check (c > 0)" },
  { key: "ALTER TABLE ADD COLUMN UNIQUE", sql: "alter table target add column c int unique", partitioned: false },
  {
    key: "ALTER TABLE ADD COLUMN PRIMARY KEY",
    setup: "alter table target drop constraint target_pkey",
    sql: "alter table target add column c int generated always as identity primary key",
    partitioned: false,
  },
  { key: "ALTER TABLE ADD COLUMN REFERENCES", sql: "alter table target add column c int references other" },
  { sql: "alter table target add column c int references other references target (id)" },
  {
    key: "ALTER TABLE ADD COLUMN DEFAULT REFERENCES",
    sql: "alter table target add column c int default 5 references other",
  },
];

export const addConstraint: readonly Case[] = [
  { key: "ALTER TABLE ADD CHECK", sql: "alter table target add constraint c check (a > 0)" },
  { key: "ALTER TABLE ADD CHECK NOT VALID", sql: "alter table target add constraint c check (a > 0) not valid" },
  {
    key: "ALTER TABLE ADD CHECK NOT ENFORCED",
    since: 18,
    sql: "alter table target add constraint c check (a > 0) not enforced",
  },
  { key: "ALTER TABLE ADD FOREIGN KEY", sql: "alter table target add constraint c foreign key (ref) references other" },
  {
    key: "ALTER TABLE ADD FOREIGN KEY",
    when: "the other table has partitions",
    setup: `drop table other; create table other (id int primary key) partition by range (id);
      create table otherpartitions_1 partition of other for values from (0) to (1000);
      insert into other select generate_series(1, 200); analyze other, target`,
    sql: "alter table target add constraint c foreign key (ref) references other",
  },
  {
    key: "ALTER TABLE ADD FOREIGN KEY NOT VALID",
    sql: "alter table target add constraint c foreign key (ref) references other not valid",
  },
  {
    key: "ALTER TABLE ADD FOREIGN KEY NOT ENFORCED",
    since: 18,
    sql: "alter table target add constraint c foreign key (ref) references other not enforced",
  },
  { sql: "alter table target add constraint c foreign key (ref) references target", partitioned: false },
  { key: "ALTER TABLE ADD UNIQUE", sql: "alter table target add constraint c unique (id, a)" },
  {
    key: "ALTER TABLE ADD UNIQUE USING INDEX",
    setup: "create unique index i on target (a)",
    sql: "alter table target add constraint c unique using index i",
  },
  {
    key: "ALTER TABLE ADD PRIMARY KEY",
    setup: "alter table target drop constraint target_pkey",
    sql: "alter table target add primary key (id)",
  },
  {
    key: "ALTER TABLE ADD PRIMARY KEY USING INDEX",
    setup:
      "alter table target drop constraint target_pkey, alter id drop not null; create unique index i on target (id)",
    sql: "alter table target add constraint c primary key using index i",
  },
  {
    key: "ALTER TABLE ADD PRIMARY KEY USING INDEX",
    when: "its columns are NOT NULL already",
    setup: "alter table target drop constraint target_pkey; create unique index i on target (id)",
    sql: "alter table target add constraint c primary key using index i",
  },
  { key: "ALTER TABLE ADD EXCLUDE", sql: "alter table target add constraint c exclude using gist (r with &&)" },
  { key: "ALTER TABLE ADD NOT NULL", since: 18, sql: "alter table target add constraint c not null ref" },
  {
    key: "ALTER TABLE ADD NOT NULL",
    since: 18,
    when: "a valid CHECK constraint proves it",
    setup: "alter table target add check (ref is not null)",
    sql: "alter table target add constraint c not null ref",
  },
  {
    key: "ALTER TABLE ADD NOT NULL NOT VALID",
    since: 18,
    sql: "alter table target add constraint c not null ref not valid",
  },
  {
    key: "ALTER TABLE VALIDATE CONSTRAINT",
    setup: "alter table target add constraint c check (a > 0) not valid",
    sql: "alter table target validate constraint c",
  },
  {
    key: "ALTER TABLE VALIDATE CONSTRAINT",
    when: "it is a foreign key",
    setup: `${referenced}; ${fk} not valid`,
    sql: "alter table target validate constraint fk",
  },
  {
    key: "ALTER TABLE VALIDATE CONSTRAINT",
    when: "it is valid already",
    setup: "alter table target add constraint c check (a > 0)",
    sql: "alter table target validate constraint c",
  },
  {
    key: "ALTER TABLE ALTER CONSTRAINT",
    setup: `${referenced}; ${fk}`,
    sql: "alter table target alter constraint fk deferrable initially deferred",
  },
  {
    key: "ALTER TABLE ALTER CONSTRAINT ENFORCED",
    since: 18,
    setup: `${referenced}; ${fk} not enforced`,
    sql: "alter table target alter constraint fk enforced",
  },
  {
    key: "ALTER TABLE ALTER CONSTRAINT NOT ENFORCED",
    since: 18,
    setup: `${referenced}; ${fk}`,
    sql: "alter table target alter constraint fk not enforced",
  },
  {
    key: "ALTER TABLE ALTER CONSTRAINT INHERIT",
    since: 18,
    setup: "alter table target add constraint c not null ref no inherit",
    sql: "alter table target alter constraint c inherit",
  },
  {
    key: "ALTER TABLE DROP CONSTRAINT",
    setup: "alter table target add constraint c check (a > 0)",
    sql: "alter table target drop constraint c",
  },
  {
    key: "ALTER TABLE DROP CONSTRAINT",
    when: "it is a foreign key",
    setup: `${referenced}; ${fk}`,
    sql: "alter table target drop constraint fk",
  },
  {
    key: "ALTER TABLE DROP CONSTRAINT CASCADE",
    setup: "alter table target add constraint c check (a > 0)",
    sql: "alter table target drop constraint c cascade",
  },
  {
    key: "ALTER TABLE DROP CONSTRAINT CASCADE",
    when: "it is a foreign key",
    setup: `${referenced}; ${fk}`,
    sql: "alter table target drop constraint fk cascade",
  },
  {
    key: "ALTER TABLE DROP CONSTRAINT CASCADE",
    when: "foreign keys need it",
    setup: "create table referencing_1 (id int references target)",
    sql: "alter table target drop constraint target_pkey cascade",
  },
];

/** A change that rewrites the table, also of columns in foreign keys on either side. */
function typeChange(key: string, column: string, from: string, to: string, timezone = "UTC"): readonly Case[] {
  const sql = `set local timezone = '${timezone}'; alter table target alter ${column} type ${to}`;
  return [
    { key, sql },
    {
      key,
      when: "the column is of a foreign key",
      setup: `create table referenced_1 (x ${from} primary key); insert into referenced_1 select distinct ${column} from target;
        alter table target add foreign key (${column}) references referenced_1`,
      sql,
    },
    {
      key,
      when: "foreign keys refer to the column",
      setup: `alter table target add unique (id, ${column}); create table referencing_1 (id int, x ${from},
        foreign key (id, x) references target (id, ${column}))`,
      sql,
    },
  ];
}

export const alterColumn: readonly Case[] = [
  { key: "ALTER TABLE ALTER COLUMN SET DEFAULT", sql: "alter table target alter a set default 5" },
  { key: "ALTER TABLE ALTER COLUMN DROP DEFAULT", sql: "alter table target alter a drop default" },
  { key: "ALTER TABLE ALTER COLUMN SET NOT NULL", sql: "alter table target alter ref set not null" },
  {
    key: "ALTER TABLE ALTER COLUMN SET NOT NULL",
    when: "a valid CHECK constraint proves it",
    setup: "alter table target add check (ref is not null)",
    sql: "alter table target alter ref set not null",
  },
  {
    key: "ALTER TABLE ALTER COLUMN SET NOT NULL",
    when: "the column is NOT NULL already",
    sql: "alter table target alter a set not null",
  },
  { key: "ALTER TABLE ALTER COLUMN DROP NOT NULL", sql: "alter table target alter a drop not null" },
  ...typeChange("ALTER TABLE ALTER COLUMN TYPE", "a", "int", "bigint"),
  { key: "ALTER TABLE ALTER COLUMN TYPE", sql: "alter table target alter js type jsonb" },
  { key: "ALTER TABLE ALTER COLUMN TYPE", sql: "alter table target alter a type int8 using a::bigint" },
  {
    key: "ALTER TABLE ALTER COLUMN TYPE",
    when: "it has that type already",
    sql: "alter table target alter a type int",
  },
  {
    key: "ALTER TABLE ALTER COLUMN TYPE",
    when: "it has a type that is stored alike",
    sql: "alter table target alter a type oid",
  },
  ...typeChange("ALTER TABLE ALTER COLUMN TYPE text", "v", "varchar(10)", "varchar(5)"),
  { key: "ALTER TABLE ALTER COLUMN TYPE text", sql: "alter table target alter b type varchar(10)" },
  { key: "ALTER TABLE ALTER COLUMN TYPE text", sql: "alter table target alter a type text" },
  ...["v type varchar(20)", "v type varchar", "v type text", "b type varchar", "v type text using v::text"].map(
    (change): Case => ({
      key: "ALTER TABLE ALTER COLUMN TYPE text",
      when: "the limit of a text or varchar is loosened or dropped",
      setup: "create index on target (v); create index on target (b)",
      sql: `alter table target alter ${change}`,
    }),
  ),
  {
    key: "ALTER TABLE ALTER COLUMN TYPE text",
    when: "only its collation changes",
    setup: "create index on target (b)",
    sql: 'alter table target alter b type text collate "C"',
  },
  ...typeChange("ALTER TABLE ALTER COLUMN TYPE numeric", "n", "numeric(10,2)", "numeric(12,4)"),
  { key: "ALTER TABLE ALTER COLUMN TYPE numeric", sql: "alter table target alter a type numeric" },
  ...["numeric(12,2)", "numeric"].map((type): Case => ({
    key: "ALTER TABLE ALTER COLUMN TYPE numeric",
    when: "a numeric keeps its scale and gets a higher precision or no limit",
    setup: "create index on target (n)",
    sql: `alter table target alter n type ${type}`,
  })),
  ...typeChange("ALTER TABLE ALTER COLUMN TYPE timestamp", "ts", "timestamp", "timestamptz", "Europe/Paris"),
  { key: "ALTER TABLE ALTER COLUMN TYPE timestamp", sql: "alter table target alter ts type timestamp(3)" },
  {
    key: "ALTER TABLE ALTER COLUMN TYPE timestamp",
    when: "a timestamp becomes timestamptz, or back, under TimeZone UTC",
    sql: "set local timezone = 'UTC'; alter table target alter ts type timestamptz",
  },
  {
    key: "ALTER TABLE ALTER COLUMN TYPE timestamp",
    when: "a timestamp becomes timestamptz, or back, under TimeZone UTC",
    setup: "set timezone = 'UTC'; alter table target alter ts type timestamptz; reset timezone",
    sql: "set local timezone = 'UTC'; alter table target alter ts type timestamp",
  },
  {
    key: "ALTER TABLE ALTER COLUMN TYPE timestamp",
    when: "it gets a higher precision",
    setup: "alter table target alter ts type timestamp(3)",
    sql: "alter table target alter ts type timestamp(6)",
  },
  { key: "ALTER TABLE ALTER COLUMN TYPE USING", sql: "alter table target alter b type text using upper(b)" },
  {
    key: "ALTER TABLE ALTER COLUMN SET EXPRESSION",
    since: 17,
    setup: "alter table target add g int generated always as (a) stored",
    sql: "alter table target alter g set expression as (a * 2)",
  },
  {
    key: "ALTER TABLE ALTER COLUMN SET EXPRESSION",
    when: "the column is virtual",
    since: 18,
    setup: "alter table target add g int generated always as (a) virtual",
    sql: "alter table target alter g set expression as (a * 2)",
  },
  {
    key: "ALTER TABLE ALTER COLUMN DROP EXPRESSION",
    setup: "alter table target add g int generated always as (a) stored",
    sql: "alter table target alter g drop expression",
  },
  { key: "ALTER TABLE ALTER COLUMN SET STATISTICS", sql: "alter table target alter a set statistics 500" },
  { key: "ALTER TABLE ALTER COLUMN SET (…)", sql: "alter table target alter a set (n_distinct = 5)" },
  { key: "ALTER TABLE ALTER COLUMN RESET (…)", sql: "alter table target alter a reset (n_distinct)" },
  { key: "ALTER TABLE ALTER COLUMN SET STORAGE", sql: "alter table target alter b set storage external" },
  { key: "ALTER TABLE ALTER COLUMN SET COMPRESSION", sql: "alter table target alter b set compression pglz" },
  {
    key: "ALTER TABLE ALTER COLUMN ADD GENERATED AS IDENTITY",
    sql: "alter table target alter a add generated always as identity",
  },
  {
    key: "ALTER TABLE ALTER COLUMN SET GENERATED",
    setup:
      "alter table target alter a add generated always as identity; alter sequence target_a_seq rename to sequences_1",
    sql: "alter table target alter a set generated by default",
  },
  {
    key: "ALTER TABLE ALTER COLUMN SET GENERATED",
    setup:
      "alter table target alter a add generated always as identity; alter sequence target_a_seq rename to sequences_1",
    sql: "alter table target alter a restart with 1000",
  },
  {
    key: "ALTER TABLE ALTER COLUMN DROP IDENTITY",
    setup:
      "alter table target alter a add generated always as identity; alter sequence target_a_seq rename to sequences_1",
    sql: "alter table target alter a drop identity",
  },
  { key: "ALTER TABLE DROP COLUMN", sql: "alter table target drop column a" },
  {
    key: "ALTER TABLE DROP COLUMN",
    when: "the column is of a foreign key",
    setup: `${referenced}; ${fk}`,
    sql: "alter table target drop column ref",
  },
  { key: "ALTER TABLE DROP COLUMN CASCADE", sql: "alter table target drop column a cascade" },
  {
    key: "ALTER TABLE DROP COLUMN CASCADE",
    when: "the column is of a foreign key",
    setup: `${referenced}; ${fk}`,
    sql: "alter table target drop column ref cascade",
  },
  {
    key: "ALTER TABLE DROP COLUMN CASCADE",
    when: "foreign keys refer to the column",
    setup: "create table referencing_1 (id int references target)",
    sql: "alter table target drop column id cascade",
  },
  {
    key: "ALTER TABLE DROP COLUMN CASCADE",
    when: "views use the column",
    setup: "create view views_1 as select a from target",
    sql: "alter table target drop column a cascade",
  },
];

export const alterTable: readonly Case[] = [
  { key: "ALTER TABLE OWNER TO", setup: "create role somebody", sql: "alter table target owner to somebody" },
  { key: "ALTER TABLE CLUSTER ON", sql: "alter table target cluster on target_a", partitioned: false },
  { key: "ALTER TABLE SET WITHOUT CLUSTER", sql: "alter table target set without cluster" },
  { key: "ALTER TABLE SET WITHOUT OIDS", sql: "alter table target set without oids" },
  { key: "ALTER TABLE SET LOGGED", setup: "alter table target set unlogged", sql: "alter table target set logged" },
  { key: "ALTER TABLE SET LOGGED", when: "it is logged already", sql: "alter table target set logged" },
  { key: "ALTER TABLE SET UNLOGGED", sql: "alter table target set unlogged" },
  {
    key: "ALTER TABLE SET UNLOGGED",
    when: "it is unlogged already",
    setup: "alter table target set unlogged",
    sql: "alter table target set unlogged",
  },
  {
    key: "ALTER TABLE SET ACCESS METHOD",
    setup: "create access method heap2 type table handler heap_tableam_handler",
    sql: "alter table target set access method heap2",
  },
  {
    key: "ALTER TABLE SET ACCESS METHOD",
    when: "it has that method already",
    sql: "alter table target set access method heap",
  },
  { key: "ALTER TABLE SET TABLESPACE", sql: "alter table target set tablespace elsewhere" },
  {
    key: "ALTER TABLE SET TABLESPACE",
    when: "it is there already",
    sql: "alter table target set tablespace pg_default",
  },
  ...[
    "fillfactor = 70",
    "parallel_workers = 2",
    "toast_tuple_target = 4080",
    "vacuum_truncate = off",
    "vacuum_index_cleanup = off",
    "autovacuum_enabled = off",
    "autovacuum_vacuum_scale_factor = 0.1",
    "log_autovacuum_min_duration = 0",
    "toast.autovacuum_enabled = off",
    "toast.vacuum_truncate = off",
  ].map((option): Case => ({
    key: "ALTER TABLE SET (storage option)",
    sql: `alter table target set (${option})`,
    partitioned: false,
  })),
  { key: "ALTER TABLE SET (storage option)", sql: "alter table target reset (fillfactor)", partitioned: false },
  {
    key: "ALTER TABLE SET (other option)",
    sql: "alter table target set (user_catalog_table = true)",
    partitioned: false,
  },
  ...["enable", "disable", "enable always", "enable replica"].map((verb): Case => ({
    key: `ALTER TABLE ${verb.split(" ")[0]!.toUpperCase()} TRIGGER`,
    setup: trigger,
    sql: `alter table target ${verb} trigger tr`,
  })),
  ...["enable", "disable"].flatMap((verb) => [
    { key: `ALTER TABLE ${verb.toUpperCase()} TRIGGER`, setup: trigger, sql: `alter table target ${verb} trigger all` },
    {
      key: `ALTER TABLE ${verb.toUpperCase()} TRIGGER`,
      setup: trigger,
      sql: `alter table target ${verb} trigger user`,
    },
  ]),
  ...["enable", "disable", "enable always", "enable replica"].map((verb): Case => ({
    key: `ALTER TABLE ${verb.split(" ")[0]!.toUpperCase()} RULE`,
    setup: "create rule ru as on delete to target do instead nothing",
    sql: `alter table target ${verb} rule ru`,
  })),
  {
    key: "ALTER TABLE INHERIT",
    setup: "alter table other drop constraint other_pkey",
    sql: "alter table target inherit other",
    partitioned: false,
  },
  {
    key: "ALTER TABLE NO INHERIT",
    setup: "alter table target inherit other",
    sql: "alter table target no inherit other",
    partitioned: false,
  },
  {
    key: "ALTER TABLE OF",
    setup:
      "create type mood as (id int, a int, ref int, b text, v varchar(10), n numeric(10,2), ts timestamp, js json, r int4range)",
    sql: "alter table target of mood",
  },
  {
    key: "ALTER TABLE NOT OF",
    setup:
      "create type mood as (id int, a int, ref int, b text, v varchar(10), n numeric(10,2), ts timestamp, js json, r int4range); alter table target of mood",
    sql: "alter table target not of",
  },
  { key: "ALTER TABLE REPLICA IDENTITY", sql: "alter table target replica identity full" },
  { key: "ALTER TABLE ENABLE ROW LEVEL SECURITY", sql: "alter table target enable row level security" },
  { key: "ALTER TABLE DISABLE ROW LEVEL SECURITY", sql: "alter table target disable row level security" },
  { key: "ALTER TABLE FORCE ROW LEVEL SECURITY", sql: "alter table target force row level security" },
  { key: "ALTER TABLE NO FORCE ROW LEVEL SECURITY", sql: "alter table target no force row level security" },
  {
    key: "ALTER TABLE ATTACH PARTITION",
    partitioned: false,
    setup: `${partitionedTarget}; ${partition}`,
    sql: "alter table target attach partition other for values from (1000) to (2000)",
  },
  {
    key: "ALTER TABLE ATTACH PARTITION",
    partitioned: false,
    when: "a valid CHECK constraint proves that its rows belong there",
    setup: `${partitionedTarget}; ${partition}; alter table other add check (id >= 1000 and id < 2000)`,
    sql: "alter table target attach partition other for values from (1000) to (2000)",
  },
  {
    key: "ALTER TABLE ATTACH PARTITION",
    partitioned: false,
    when: "there is a default partition",
    setup: `${partitionedTarget}; create table default_1 partition of target default; insert into target select g, g from generate_series(3001, 3200) g; ${partition}`,
    sql: "alter table target attach partition other for values from (1000) to (2000)",
  },
  {
    key: "ALTER TABLE ATTACH PARTITION",
    partitioned: false,
    when: "it has foreign keys",
    setup: `${partitionedTarget}; ${referenced}; ${fk.replace("(ref)", "(id)")}; insert into referenced_1 select generate_series(1001, 1200); ${partition}`,
    sql: "alter table target attach partition other for values from (1000) to (2000)",
  },
  {
    key: "ALTER TABLE DETACH PARTITION",
    partitioned: false,
    setup: `${partitionedTarget}; alter table other rename to other_old; alter table partitions_1 rename to other`,
    sql: "alter table target detach partition other",
  },
  {
    key: "ALTER TABLE DETACH PARTITION",
    partitioned: false,
    when: "there is a default partition",
    setup: `${partitionedTarget}; alter table other rename to other_old; alter table partitions_1 rename to other; create table default_1 partition of target default`,
    sql: "alter table target detach partition other",
  },
  {
    key: "ALTER TABLE DETACH PARTITION",
    partitioned: false,
    when: "it has foreign keys",
    setup: `${partitionedTarget}; alter table other rename to other_old; alter table partitions_1 rename to other; ${referenced}; ${fk.replace("(ref)", "(id)")}`,
    sql: "alter table target detach partition other",
  },
  {
    key: "ALTER TABLE DETACH PARTITION CONCURRENTLY",
    alone: true,
    partitioned: false,
    setup: `${partitionedTarget}; alter table other rename to other_old; alter table partitions_1 rename to other`,
    sql: "alter table target detach partition other concurrently",
  },
  {
    key: "ALTER TABLE DETACH PARTITION FINALIZE",
    partitioned: false,
    // As an interrupted DETACH PARTITION CONCURRENTLY leaves it.
    setup: `${partitionedTarget}; alter table other rename to other_old; alter table partitions_1 rename to other;
      update pg_inherits set inhdetachpending = true where inhrelid = 'other'::regclass`,
    sql: "alter table target detach partition other finalize",
  },
  { key: "ALTER TABLE RENAME TO", sql: "alter table target rename to renamed" },
  { key: "ALTER TABLE RENAME COLUMN", sql: "alter table target rename column a to renamed" },
  { key: "ALTER TABLE RENAME CONSTRAINT", sql: "alter table target rename constraint target_pkey to renamed" },
  {
    key: "ALTER TABLE RENAME CONSTRAINT",
    when: "it is a check constraint",
    setup: "alter table target add constraint c check (a > 0)",
    sql: "alter table target rename constraint c to renamed",
  },
  { key: "ALTER TABLE SET SCHEMA", sql: "alter table target set schema elsewhere" },
  {
    key: "ALTER TABLE SET SCHEMA",
    when: "it owns sequences",
    setup: "create sequence sequences_1 owned by target.a",
    sql: "alter table target set schema elsewhere",
  },
  {
    key: "ALTER TABLE ALL IN TABLESPACE",
    setup: "alter table target set tablespace elsewhere; alter table target rename to contents_1",
    partitioned: false,
    sql: "alter table all in tablespace elsewhere set tablespace pg_default",
  },
  { setup: foreignTable, sql: "alter foreign table target add column c int" },
  { setup: foreignTable, sql: "alter foreign table target alter a type bigint" },
  {
    key: "ALTER FOREIGN TABLE ALTER COLUMN OPTIONS",
    setup: foreignTable,
    sql: "alter foreign table target alter a options (add x 'y')",
  },
  { key: "ALTER FOREIGN TABLE OPTIONS", setup: foreignTable, sql: "alter foreign table target options (add x 'y')" },
  { setup: foreignTable, sql: "alter foreign table target rename to renamed" },
];
