// Owns the proof of which setting wins, and of what is refused.
import { describe, expect, test } from "vitest";
import { checkConfig } from "./check.ts";
import { chooseEnvironment, refuseUnknown } from "./environment.ts";
import { resolveConfig, type ConfigInput, type ResolvedConfig } from "./resolve.ts";
import { defineConfig, type Config } from "./settings.ts";

function resolve(written: Config, more: Partial<ConfigInput> = {}): ResolvedConfig {
  const defaults = {
    root: "/p",
    cwd: "/p",
    flags: {},
    environment: "development",
    variable: undefined,
    exists: () => false,
  };
  checkConfig(written, "clew.config.ts");
  return resolveConfig({ written, file: "clew.config.ts", ...defaults, ...more });
}

const variable = { url: "postgres://variable", variable: "DATABASE_URL" };

describe("the database", () => {
  test("flag, then the environment's, then that for all, then the variable", () => {
    const written = defineConfig({ db: "postgres://all", environments: { staging: { db: "postgres://staging" } } });
    const from = (more: Partial<ConfigInput>, config: Config = written): unknown => {
      const { source } = resolve(config, { variable, ...more });
      return source?.kind === "url" ? source.url : source?.folder;
    };
    expect(from({ flags: { db: "postgres://flag" } })).toBe("postgres://flag");
    expect(from({ flags: { embedded: true } })).toBe(".clew");
    expect(from({ environment: "staging" })).toBe("postgres://staging");
    expect(from({})).toBe("postgres://all");
    expect(from({}, {})).toBe("postgres://variable");
    expect(from({ variable: undefined }, {})).toBeUndefined();
  });

  test("one kind lies over the other", () => {
    const written: Config = { embedded: true, environments: { staging: { db: "postgres://staging" } } };
    expect(resolve(written, { environment: "staging" }).source).toMatchObject({ kind: "url" });
    expect(resolve(written, { flags: { db: "postgres://flag" } }).source).toMatchObject({ kind: "url" });
    expect(() => resolve({ db: "postgres://x", embedded: true })).toThrow("db and embedded were both given");
    expect(() => resolve({}, { flags: { db: "postgres://x", embedded: true } })).toThrow("--db: db and embedded");
  });

  test.each([undefined, ""])("one that is %j is no reason to take another", (db) => {
    const written = { db: "postgres://all", environments: { production: { db } } } as Config;
    expect(() => resolve(written, { environment: "production", variable })).toThrow(
      "environments.production: db is empty",
    );
    expect(resolve(written, { environment: "production", flags: { db: "postgres://flag" } }).source).toBeDefined();
  });
});

describe("folders", () => {
  const exists = (...present: string[]) => ({ exists: (path: string) => present.includes(path) });

  test("those of the configuration are meant from where it is, those of flags from here", () => {
    const at = { root: "/p", cwd: "/p/deep" };
    expect(resolve({ dir: "sql", embedded: "db" }, at)).toMatchObject({ dir: "/p/sql", source: { folder: "/p/db" } });
    const flags = { dir: "sql", embedded: "db" };
    expect(resolve({ dir: "other" }, { ...at, flags })).toMatchObject({ dir: "sql", source: { folder: "db" } });
    expect(resolve({ embedded: true }, at)).toMatchObject({ source: { folder: "/p/.clew" } });
  });

  test("otherwise the usual ones, Supabase's first", () => {
    expect(resolve({}, exists("/p/supabase/migrations", "/p/migrations"))).toMatchObject({
      dir: "supabase/migrations",
      dirFound: true,
    });
    expect(resolve({}, exists("/p/migrations"))).toMatchObject({ dir: "migrations", dirFound: true });
    expect(resolve({}, exists("/p/supabase"))).toMatchObject({ dir: "supabase/migrations", dirFound: false });
    expect(resolve({})).toMatchObject({ dir: "migrations", dirFound: false });
  });
});

describe("settings of a run", () => {
  test("flag, environment, all; times with units", () => {
    const written: Config = {
      lockTimeout: "2s",
      statementTimeout: 100,
      wait: 1_500,
      environments: { staging: { lockTimeout: "1min", continueOnError: true } },
    };
    expect(resolve(written).settings).toMatchObject({
      strict: false,
      lockTimeout: 2_000,
      statementTimeout: 100,
      wait: 1_500,
    });
    const flags = { statementTimeout: "3s", wait: "5", outOfOrder: true } as const;
    expect(resolve(written, { environment: "staging", flags }).settings).toMatchObject({
      strict: false,
      lockTimeout: 60_000,
      statementTimeout: 3_000,
      wait: 5_000,
      continueOnError: true,
      outOfOrder: true,
    });
  });

  test("production is strict unless it says otherwise", () => {
    expect(resolve({}, { environment: "production" }).settings.strict).toBe(true);
    expect(resolve({ strict: false }, { environment: "production" }).settings.strict).toBe(false);
    expect(resolve({ strict: false }, { flags: { strict: true } }).settings.strict).toBe(true);
  });
});

describe("what is refused, by its name", () => {
  test.each([
    [{ lockTimout: 1 }, "clew.config.ts: lockTimout is no setting; did you mean lockTimeout?"],
    [{ enviroments: {} }, "clew.config.ts: enviroments is no setting; did you mean environments?"],
    [{ environments: { a: { environments: {} } } }, "clew.config.ts: environments.a.environments is no setting"],
    [{ environments: { a: { dirr: "x" } } }, "environments.a.dirr is no setting; did you mean dir?"],
    [{ environments: [] }, "environments must be an object"],
    [{ environments: { a: null } }, "environments.a must be an object"],
    [{ db: 5 }, "db must be text"],
    [{ embedded: false }, "embedded must be a folder, or true"],
    [{ strict: "yes" }, "strict must be true or false"],
    [{ lockTimeout: -1 }, "lockTimeout must be milliseconds or a time"],
    [{ lockTimeout: "5 days" }, "lockTimeout must be milliseconds or a time"],
    [{ lockRetries: 1.5 }, "lockRetries must be a whole number from 0"],
    [{ historyTable: { schema: "a" } }, "historyTable must be { schema, table }"],
    [{ proof: "always" }, 'proof must be "optional", "required", or { except: { version: reason } }'],
    [{ proof: { except: { "1": "" } } }, "proof must be"],
    [{ scratch: "nowhere" }, "scratch must be server, embedded, or the URL of a server"],
    [null, "the configuration is not an object"],
    [[], "the configuration is not an object"],
  ])("%j", (written, message) => {
    expect(() => resolve(written as Config)).toThrow(message);
  });

  test("an environment that is nowhere", () => {
    const choose = (flag: string | undefined, env: Record<string, string>, written: Config = {}): string => {
      const environment = chooseEnvironment(flag, env);
      refuseUnknown(environment, written, "clew.config.ts", false);
      return environment.name;
    };
    expect(() => choose("prodution", {})).toThrow(
      "there is no environment prodution (clew.config.ts); did you mean production?",
    );
    expect(() => choose(undefined, { CLEW_ENV: "qa" })).toThrow("there is no environment qa");
    expect(choose(undefined, { CLEW_ENV: "qa", NODE_ENV: "production" }, { environments: { qa: {} } })).toBe("qa");
    expect(choose("staging", { CLEW_ENV: "qa" })).toBe("staging");
    expect(choose(undefined, { CLEW_ENV: "", NODE_ENV: "production" })).toBe("production");
    expect(choose(undefined, { NODE_ENV: "test" })).toBe("test");
    expect(choose(undefined, { CLEW_ENV: "" })).toBe("development");
  });
});
