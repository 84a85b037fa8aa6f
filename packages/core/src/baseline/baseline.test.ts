// Tests that the baseline is what a Supabase migration expects, on every server we speak to, by running the portfolio's.
import { readdirSync, readFileSync } from "node:fs";
import { startServer } from "@clew/kit";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createScratch } from "../embedded/index.ts";
import { baselineSql, standIns } from "./baseline.ts";

vi.setConfig({ hookTimeout: 120_000 }); // a PGlite from nothing takes seconds of CPU

type Row = Record<string, unknown>;

interface Opened {
  /** Runs statements as one message and gives the rows of the last. */
  run(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

const ada = "00000000-0000-4000-8000-00000000000a";
const bob = "00000000-0000-4000-8000-00000000000b";

const folder = new URL("../../../../migrations/", import.meta.url);
const migrations = readdirSync(folder)
  .filter((name) => name.endsWith(".sql") && !name.endsWith(".down.sql"))
  .toSorted();

/** A server without the files of the stand-ins: what the baseline needs of them it makes without. */
async function openNative(major: 15 | 17 | 18): Promise<Opened> {
  const server = await startServer({ major });
  const client = new Client(server.url());
  await client.connect();
  const run = async (sql: string): Promise<Row[]> => {
    const results: { rows: Row[] } | { rows: Row[] }[] = await client.query(sql);
    return (Array.isArray(results) ? results.at(-1)! : results).rows;
  };
  await run(baselineSql());
  return {
    run,
    async close() {
      await client.end();
      await server.stop();
    },
  };
}

async function openPGlite(): Promise<Opened> {
  const { db, close } = await createScratch();
  return { run: async (sql) => (await db.exec(sql)).at(-1)?.rows ?? [], close };
}

/** Every object of the database by name, privileges and comments included, and the rows of the platform's tables. */
const snapshot = `
with objects (fact) as (
  select concat('schema ', nspname, ' ', nspowner::regrole, ' ', nspacl) from pg_namespace where nspname !~ '^pg_'
  union all
  select concat('extension ', extname, ' ', extversion, ' ', extnamespace::regnamespace) from pg_extension
  union all
  select concat('relation ', oid::regclass, ' ', relkind, ' ', relowner::regrole, ' ', relacl, ' ', relrowsecurity, ' ',
    relreplident, ' ', reloptions, ' ', pg_get_expr(relpartbound, oid), ' ', pg_get_partkeydef(oid))
  from pg_class where relkind <> 'i'
  union all
  select concat('column ', attrelid::regclass, ' ', attname, ' ', format_type(atttypid, atttypmod), ' ', attnotnull,
    ' ', attidentity, ' ', attgenerated, ' ', attacl, ' ', pg_get_expr(adbin, adrelid))
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attnum > 0 and not attisdropped
  union all
  select concat('constraint ', conrelid::regclass, contypid::regtype, ' ', conname, ' ', pg_get_constraintdef(oid))
  from pg_constraint
  union all
  select concat('index ', pg_get_indexdef(indexrelid), ' ', indisvalid) from pg_index
  union all
  select concat('view ', oid::regclass, ' ', pg_get_viewdef(oid)) from pg_class where relkind in ('v', 'm')
  union all
  select concat('policy ', polrelid::regclass, ' ', polname, ' ', polcmd, ' ', polpermissive, ' ',
    polroles::regrole[], ' ', pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid))
  from pg_policy
  union all
  select concat('function ', oid::regprocedure, ' ', proowner::regrole, ' ', proacl, ' ',
    case when prokind = 'f' then pg_get_functiondef(oid) end)
  from pg_proc
  union all
  select concat('trigger ', pg_get_triggerdef(oid), ' ', tgenabled) from pg_trigger where not tgisinternal
  union all
  select concat('type ', oid::regtype, ' ', typowner::regrole, ' ', typacl, ' ', typtype, ' ', (
    select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = pg_type.oid
  )) from pg_type
  union all
  select concat('text search configuration ', mapcfg::regconfig, ' ', maptokentype, ' ', mapseqno, ' ',
    mapdict::regdictionary) from pg_ts_config_map
  union all
  select concat('publication ', pubname, ' ', prrelid::regclass)
  from pg_publication left join pg_publication_rel on prpubid = pg_publication.oid
  union all
  select concat('default privileges ', defaclrole::regrole, ' ', defaclnamespace::regnamespace, ' ', defaclobjtype, ' ',
    defaclacl)
  from pg_default_acl
  union all
  select concat('comment ', (pg_identify_object(classoid, objoid, objsubid)).identity, ' ', description)
  from pg_description where objoid >= 16384
  union all
  select concat('bucket ', b) from storage.buckets as b
)
select fact from objects where fact !~ '\\mpg_toast\\M|pg_temp' order by fact`;

async function factsOf(db: Opened): Promise<unknown[]> {
  return (await db.run(`set search_path = pg_catalog; ${snapshot}`)).map((row) => row["fact"]);
}

describe.each([
  ["Postgres 15", () => openNative(15)],
  ["Postgres 17", () => openNative(17)],
  ["Postgres 18", () => openNative(18)],
  ["PGlite", openPGlite],
] as const)("on %s", (_name, open) => {
  let db: Opened;
  beforeAll(async () => {
    db = await open();
  });
  afterAll(() => db?.close());

  /** Runs statements as the API does: in a transaction, under the role and with the claims of a token. */
  async function as(claims: Row & { role: string }, sql: string): Promise<Row[]> {
    await db.run(`reset search_path; begin; set local role ${claims.role}`);
    try {
      await db.run(`select set_config('request.jwt.claims', '${JSON.stringify(claims)}', true)`);
      const rows = await db.run(sql);
      await db.run("commit");
      return rows;
    } catch (error) {
      await db.run("rollback");
      throw error;
    }
  }

  const anon = { role: "anon" };
  const asAda = { role: "authenticated", sub: ada, email: "ada@example.com" };
  const asBob = { role: "authenticated", sub: bob };
  const admin = { ...asBob, app_metadata: { role: "admin" } };

  describe("the baseline", () => {
    test("reads the caller from the claims of the token", async () => {
      const asked = "select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub' as sub";
      expect(await as(asAda, asked)).toEqual([{ uid: ada, role: "authenticated", email: "ada@example.com", sub: ada }]);
      expect(await as(anon, asked)).toEqual([{ uid: null, role: "anon", email: null, sub: null }]);
    });

    test("keeps a new table, sequence and function from the API until they are granted", async () => {
      await db.run(`begin; set local role postgres;
        create table public.closed (id bigint generated always as identity);
        create function public.closed() returns void language sql as 'select'`);
      const [rights] = await db.run(`select
        (select string_agg(privilege_type, ' ' order by privilege_type) from aclexplode(relacl)
          where grantee = 'anon'::regrole and privilege_type <> 'MAINTAIN') as on_table,
        has_sequence_privilege('anon', 'public.closed_id_seq', 'usage') as on_sequence,
        proacl::text ~ 'anon' as on_function
        from pg_class, pg_proc
        where pg_class.oid = 'public.closed'::regclass and pg_proc.oid = 'public.closed()'::regprocedure`);
      await db.run("rollback");
      expect(rights).toEqual({ on_table: "REFERENCES TRIGGER TRUNCATE", on_sequence: false, on_function: null });
    });

    test("takes the path of an object apart", async () => {
      expect(
        await db.run(`select storage.foldername(name) as folders, storage.filename(name) as file,
          storage.extension(name) as extension from (values ('a/b/c.tar.gz'), ('d')) as paths (name)`),
      ).toEqual([
        { folders: ["a", "b"], file: "c.tar.gz", extension: "gz" },
        { folders: [], file: "d", extension: "d" },
      ]);
    });

    test("refuses to delete from storage by SQL unless told that it is meant", async () => {
      await db.run("insert into storage.buckets (id, name) values ('old', 'old')");
      await expect(db.run("delete from storage.buckets where id = 'old'")).rejects.toMatchObject({ code: "42501" });
      await db.run(`begin; set local storage.allow_delete_query = 'true';
        delete from storage.buckets where id = 'old'; commit`);
      expect(await db.run("select from storage.buckets")).toEqual([]);
    });

    test("keeps secrets in vault", async () => {
      await db.run("select vault.create_secret('abc', 'token')");
      expect(await as({ role: "service_role" }, "select decrypted_secret from vault.decrypted_secrets")).toEqual([
        { decrypted_secret: "abc" },
      ]);
      await expect(as(asAda, "select from vault.decrypted_secrets")).rejects.toMatchObject({ code: "42501" });
      await db.run("delete from vault.secrets");
    });

    test("broadcasts into realtime.messages", async () => {
      await db.run(`select realtime.send('{"n": 1}', 'ping', 'room')`);
      expect(await db.run("select event, topic, payload ->> 'n' as n, private from realtime.messages")).toEqual([
        { event: "ping", topic: "room", n: "1", private: true },
      ]);
      await db.run("delete from realtime.messages");
    });

    test("has a role for each name that Supabase's grants use", async () => {
      const rows = await db.run(`select rolname from pg_roles where rolname in ('anon', 'authenticated',
        'service_role', 'authenticator', 'postgres', 'supabase_admin', 'supabase_auth_admin', 'supabase_storage_admin',
        'supabase_realtime_admin', 'dashboard_user') and (rolname <> 'service_role' or rolbypassrls)`);
      expect(rows).toHaveLength(10);
    });
  });

  describe("the portfolio", () => {
    test("applies, is guarded, and goes back migration by migration to what was there", async () => {
      const before: unknown[][] = [];
      for (const name of migrations) {
        before.push(await factsOf(db));
        await db.run(`reset search_path; ${readFileSync(new URL(name, folder), "utf8")}`);
      }
      expect(migrations).toHaveLength(4);

      await fill();
      await checkPolicies();
      await db.run(`set session_replication_role = replica; delete from storage.objects;
        reset session_replication_role; delete from auth.users`);

      for (const name of migrations.toReversed()) {
        const applied = await factsOf(db);
        const down = readFileSync(new URL(name.replace(/\.sql$/, ".down.sql"), folder), "utf8");
        await db.run(`reset search_path; ${down}`);
        const after = await factsOf(db);
        expect(after, `after ${name} and back`).toEqual(before.pop());
        expect(applied, `${name} changes something`).not.toEqual(after);
      }
    });

    async function fill(): Promise<void> {
      await db.run(`insert into auth.users (id, email, raw_user_meta_data) values
        ('${ada}', 'ada@example.com', '{"username": "Ada Lovelace"}'), ('${bob}', 'ada@example.org', null)`);
      await as(
        asAda,
        `insert into public.projects (title, summary, status, started_on) values
          ('Analytical Éngine', 'A machine that weaves', 'published', '1837-01-01'), ('Secret', '', 'draft', null);
         insert into public.posts (title, body, status) values ('Notes', repeat('word ', 500), 'published')`,
      );
      await as(asBob, "insert into public.comments (post_id, body) select id, 'First!' from public.posts");
    }

    async function checkPolicies(): Promise<void> {
      const titles = "select title, slug, owner_id from public.projects order by title";
      const engine = { title: "Analytical Éngine", slug: "analytical-engine", owner_id: ada };
      expect(await as(anon, titles)).toEqual([engine]);
      expect(await as(asBob, titles)).toEqual([engine]);
      expect(await as(asAda, titles)).toEqual([engine, { title: "Secret", slug: "secret", owner_id: ada }]);
      expect(await as(asBob, "update public.projects set title = 'Mine' returning id")).toEqual([]);
      await expect(as(anon, "insert into public.projects (title) values ('x')")).rejects.toMatchObject({
        code: "42501",
      });
      await expect(
        as({ ...asAda, is_anonymous: true }, "insert into public.projects (title) values ('x')"),
      ).rejects.toMatchObject({ code: "42501" });
      await expect(as(asAda, "update public.projects set is_featured = true")).rejects.toMatchObject({
        code: "42501",
      });

      expect(await as(anon, "select owner, tags, cover_name from public.published_projects")).toEqual([
        { owner: "ada-lovelace", tags: [], cover_name: null },
      ]);
      expect(await as(anon, "select reading_minutes from public.published_posts")).toEqual([{ reading_minutes: 3 }]);
      expect(await as(anon, "select kind, slug from public.search_portfolio('engine')")).toEqual([
        { kind: "project", slug: "analytical-engine" },
      ]);

      const comments = "select body, status from public.comments";
      expect(await as(anon, comments)).toEqual([]);
      expect(await as(asAda, comments)).toEqual([{ body: "First!", status: "pending" }]);
      const moderate = "select public.moderate_comment(id, 'approved') from public.comments";
      await expect(as(asBob, moderate)).rejects.toMatchObject({ code: "PT404" });
      await as(asAda, moderate);
      expect(await as(anon, comments)).toEqual([{ body: "First!", status: "approved" }]);

      const message = `insert into public.contact_messages (name, email, body)
        values ('Eve', 'Eve@example.com', 'Are you there at all?')`;
      for (let sent = 1; sent <= 3; sent += 1) await as(anon, message);
      await expect(as(anon, message)).rejects.toMatchObject({ code: "PT429" });
      await expect(as(anon, "select from public.contact_messages")).rejects.toMatchObject({ code: "42501" });
      expect(await as(asAda, "select name from public.contact_messages")).toEqual([]);
      expect(await as(admin, "select name from public.contact_messages")).toHaveLength(3);

      await as(anon, `select public.record_event('project_view', '/', gen_random_uuid(), id) from public.projects`);
      expect(
        await as(asAda, "select s.views::integer from public.projects as p, public.project_statistics(p.id) as s"),
      ).toEqual([{ views: 1 }]);
      expect(await as(asBob, "select s.* from public.projects as p, public.project_statistics(p.id) as s")).toEqual([]);

      const upload = (name: string): string =>
        `insert into storage.objects (bucket_id, name, owner_id) values ('documents', '${name}', '${ada}')`;
      await as(asAda, upload(`${ada}/cv.pdf`));
      await expect(as(asAda, upload(`${bob}/cv.pdf`))).rejects.toMatchObject({ code: "42501" });
      expect(await as(asAda, "select name from storage.objects")).toEqual([{ name: `${ada}/cv.pdf` }]);
      expect(await as(asBob, "select name from storage.objects")).toEqual([]);

      const [post] = await as(anon, "select id from public.posts");
      const present = `set local realtime.topic = 'post:${post!["id"]}';
        insert into realtime.messages (topic, extension) values ('x', 'presence') returning topic`;
      expect(await as(asBob, present)).toEqual([{ topic: "x" }]);
      await expect(as(asBob, present.replace("post:", "else:"))).rejects.toMatchObject({ code: "42501" });
      await db.run("delete from realtime.messages");
    }
  });
});

test("a second database of the same server takes the baseline as well", async () => {
  await using server = await startServer();
  for (const name of ["one", "two"]) {
    const admin = new Client(server.url());
    await admin.connect();
    await admin.query(`create database ${name}`);
    await admin.end();
    const client = new Client(server.url({ database: name }));
    await client.connect();
    await client.query(baselineSql());
    expect((await client.query("select from auth.users")).rowCount).toBe(0);
    await client.end();
  }
});

test("each stand-in has a control file that says what it stands in for, and the script that it names", () => {
  const files = new Map(standIns().map(({ name, content }) => [name, content]));
  const controls = [...files.keys()].filter((name) => name.endsWith(".control"));
  expect(controls.length).toBeGreaterThan(10);
  for (const control of controls) {
    const name = control.replace(".control", "");
    const text = files.get(control)!;
    expect(text).toContain(`comment = 'stand-in for ${name}: `);
    expect(files.has(`${name}--${/default_version = '(.+)'/.exec(text)?.[1]}.sql`), control).toBe(true);
  }
});
