// Tests of the channel that is chosen, for what is given and what the environment has.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { choose } from "./choose.ts";

const variables =
  "CLEW_DATABASE_URL DATABASE_URL SUPABASE_DB_URL SUPABASE_URL SUPABASE_SERVICE_ROLE_KEY SUPABASE_SECRET_KEY SUPABASE_ACCESS_TOKEN SUPABASE_PROJECT_REF SUPABASE_PROJECT_ID".split(
    " ",
  );

beforeEach(() => {
  for (const name of variables) vi.stubEnv(name, "");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const url = "https://abcdefghijklmnopqrst.supabase.co";

test.each<[given: Parameters<typeof choose>[0], env: Record<string, string>, chosen: object | undefined]>([
  [{}, {}, undefined],
  [{}, { SUPABASE_URL: url }, { kind: "api", url, key: undefined }],
  [{}, { SUPABASE_SERVICE_ROLE_KEY: "k" }, { kind: "api", url: undefined, key: "k" }],
  [{}, { SUPABASE_URL: url, SUPABASE_SECRET_KEY: "k" }, { kind: "api", url, key: "k" }],
  [
    {},
    { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: "k", SUPABASE_ACCESS_TOKEN: "t" },
    { kind: "login", ref: "abcdefghijklmnopqrst", token: "t" },
  ],
  [{}, { SUPABASE_PROJECT_REF: "r", SUPABASE_ACCESS_TOKEN: "t" }, { kind: "login", ref: "r", token: "t" }],
  [{}, { SUPABASE_ACCESS_TOKEN: "t" }, undefined],
  [
    {},
    { SUPABASE_URL: "http://127.0.0.1:54321", SUPABASE_SECRET_KEY: "k", SUPABASE_ACCESS_TOKEN: "t" },
    { kind: "api" },
  ],
  [
    {},
    {
      SUPABASE_URL: url,
      SUPABASE_SERVICE_ROLE_KEY: "k",
      SUPABASE_ACCESS_TOKEN: "t",
      SUPABASE_DB_URL: "postgres://h/d",
    },
    { kind: "url", url: "postgres://h/d", why: "SUPABASE_DB_URL is set" },
  ],
  [
    { supabaseUrl: url, serviceKey: "k" },
    { DATABASE_URL: "postgres://h/d", SUPABASE_ACCESS_TOKEN: "t" },
    { kind: "api", url, key: "k" },
  ],
  [{ supabaseUrl: url }, { SUPABASE_SECRET_KEY: "k" }, { kind: "api", url, key: "k" }],
  [{ embedded: true }, { DATABASE_URL: "postgres://h/d" }, { kind: "embedded" }],
  [{ databaseUrl: "postgres://g/d", supabaseUrl: url, serviceKey: "k" }, {}, { kind: "url", url: "postgres://g/d" }],
])("given %o, environment %o", (given, env, chosen) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  if (chosen === undefined) expect(choose(given)).toBeUndefined();
  else expect(choose(given)).toMatchObject(chosen);
});
