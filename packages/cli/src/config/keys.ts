// Owns the table of settings: what each takes, the flag that goes before it, and what it is where nobody says. A new setting
// is a line in `Settings` and an entry here; the compiler holds the two together.
import { defaultSettings, type RunSettings } from "@clew/core";
import type { Flags } from "../arguments.ts";
import * as kinds from "./kinds.ts";
import type { Duration, Settings } from "./settings.ts";

/** What a setting comes to: times are milliseconds, sizes bytes. */
export type Value<Written> = Duration extends Written ? number : Written;

export type KeyName = keyof Settings;

/** A setting: `Written` is what a project may write. */
export interface Key<Written> {
  readonly kind: kinds.Kind<Written>;
  readonly flag?: keyof Flags;
  /** What a bare number counts that is given as a flag. Default milliseconds. */
  readonly unit?: "s";
  /** What it is where nobody says. Absent: not set. */
  readonly otherwise?: Value<Written>;
  /** The same in environments that have a default of their own. */
  readonly environments?: Readonly<Record<string, Value<Written>>>;
}

type Keys = { readonly [Name in KeyName]-?: Key<NonNullable<Settings[Name]>> };

export const keys: Keys = {
  db: { kind: kinds.text, flag: "db" },
  embedded: { kind: kinds.folder, flag: "embedded" },
  dir: { kind: kinds.text, flag: "dir" },
  strict: engine("strict", { kind: kinds.toggle, flag: "strict", environments: { production: true } }),
  outOfOrder: engine("outOfOrder", { kind: kinds.toggle, flag: "outOfOrder" }),
  continueOnError: engine("continueOnError", { kind: kinds.toggle, flag: "continueOnError" }),
  onPartial: engine("onPartial", { kind: kinds.partial }),
  lockTimeout: engine("lockTimeout", { kind: kinds.time, flag: "lockTimeout" }),
  concurrentLockTimeout: engine("concurrentLockTimeout", { kind: kinds.time }),
  statementTimeout: engine("statementTimeout", { kind: kinds.time, flag: "statementTimeout" }),
  wait: engine("wait", { kind: kinds.time, flag: "wait", unit: "s" }),
  connectTimeout: engine("connectTimeout", { kind: kinds.time }),
  connectRetries: engine("connectRetries", { kind: kinds.whole }),
  answerTimeout: engine("answerTimeout", { kind: kinds.time }),
  connections: engine("connections", { kind: kinds.some }),
  pooler: { kind: kinds.pooler },
  reconnectFor: engine("reconnectFor", { kind: kinds.time }),
  lockRetries: engine("lockRetries", { kind: kinds.whole }),
  privileges: engine("privileges", { kind: kinds.toggle }),
  rollbacks: engine("rollbacks", { kind: kinds.toggle }),
  archive: engine("archive", { kind: kinds.toggle }),
  moveDropped: engine("moveDropped", { kind: kinds.toggle, flag: "moveDropped" }),
  archiveDays: engine("archiveDays", { kind: kinds.whole }),
  archiveLimit: engine("archiveLimit", { kind: kinds.size }),
  historyTable: { kind: kinds.table },
  platform: { kind: kinds.platform, flag: "platform" },
  proof: { kind: kinds.proof, otherwise: "optional", environments: { production: "required" } },
  scratch: { kind: kinds.scratch, flag: "scratch" },
  backup: { kind: kinds.backupScope, flag: "backup", otherwise: "none", environments: { production: "scoped" } },
  backupTo: { kind: kinds.text, flag: "at", otherwise: ".clew/backups" },
  backupKeyFile: { kind: kinds.text, flag: "keyFile" },
  backupVerify: { kind: kinds.verifyLevel, otherwise: "checksum", environments: { production: "decode" } },
  backupKeep: { kind: kinds.retention },
  allowDestructiveOperations: engine("allowDestructiveOperations", {
    kind: kinds.toggle,
    flag: "allowDestructive",
    environments: { production: false },
  }),
  approval: { kind: kinds.approval, otherwise: "none", environments: { production: "required" } },
  approvals: { kind: kinds.path, otherwise: "approvals" },
  rollbackUnverified: engine("rollbackUnverified", { kind: kinds.toggle }),
  logLevel: {
    kind: kinds.level,
    flag: "logLevel",
    otherwise: "info",
    environments: { development: "debug", production: "warning" },
  },
  logs: { kind: kinds.logs, otherwise: "logs" },
  logDays: { kind: kinds.whole, otherwise: 30 },
  logSize: { kind: kinds.whole, otherwise: 10 },
  hooks: { kind: kinds.hooks },
};

/** A setting of the engine, which has its default. */
function engine<Written, Name extends keyof RunSettings>(
  name: Value<Written> extends RunSettings[Name] ? Name : never,
  key: Key<Written>,
): Key<Written> {
  return { otherwise: defaultSettings[name] as Value<Written>, ...key };
}
