// Owns the declaration of commands and flags: arguments are read by it, and help is printed from it.
import { readFileSync } from "node:fs";
import { cac, type CAC } from "cac";
import type { Context } from "./context.ts";

/** Runs a command; gives the exit status. */
export type Run = (context: Context) => Promise<number>;

/** What each command is run by; loaded when it is called, so that help and version load nothing. */
export const runs: Readonly<Record<string, () => Promise<Run>>> = {
  execute: async () => (await import("./commands/execute.ts")).execute,
  status: async () => (await import("./commands/status.ts")).status,
  rollback: async () => (await import("./commands/rollback.ts")).rollback,
  prove: async () => (await import("./commands/prove.ts")).prove,
  validate: async () => (await import("./commands/validate.ts")).validate,
  plan: async () => (await import("./commands/plan.ts")).plan,
  schema: async () => (await import("./commands/schema.ts")).schema,
  diff: async () => (await import("./commands/diff.ts")).diff,
  adopt: async () => (await import("./commands/adopt.ts")).adopt,
  baseline: async () => (await import("./commands/baseline.ts")).baseline,
  repair: async () => (await import("./commands/repair.ts")).repair,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  supabase: async () => (await import("./commands/supabase.ts")).supabase,
  recover: async () => (await import("./commands/recover.ts")).recover,
  config: async () => (await import("./commands/config.ts")).config,
  "backup create": async () => (await import("./commands/backup/create.ts")).create,
  "backup list": async () => (await import("./commands/backup/list.ts")).list,
  "backup show": async () => (await import("./commands/backup/show.ts")).show,
  "backup verify": async () => (await import("./commands/backup/verify.ts")).verify,
  "backup restore": async () => (await import("./commands/backup/restore.ts")).restore,
  "backup prune": async () => (await import("./commands/backup/prune.ts")).prune,
  "backup purge": async () => (await import("./commands/backup/purge.ts")).purge,
  mcp: async () => (await import("./commands/mcp.ts")).mcp,
  logs: async () => (await import("./commands/logs.ts")).logs,
  new: async () => (await import("./commands/new.ts")).create,
  init: async () => (await import("./commands/init.ts")).init,
};

const database = `  --db postgresql://user:password@host:port/database, or --embedded for a Postgres in this folder,
  or \`db\` in clew.config.ts, or CLEW_DATABASE_URL, DATABASE_URL or SUPABASE_DB_URL in the environment,
  or SUPABASE_ACCESS_TOKEN with SUPABASE_PROJECT_REF or SUPABASE_URL: a direct connection, by a login that ends soon,
  or SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY: then the project's API is used (clew supabase install).`;

const statuses = `  0 done · 1 failed · 2 usage or configuration · 3 plan invalid · 4 blocked or not confirmed
  5 another run won · 6 in doubt · 7 applied but not verified · 70 a defect of Clew`;

const platform = "What a new database has: supabase or postgres (as the database looks, or supabase)";

const approveChange = "The id of what is approved, as --dry-run shows it: nothing else is done";

const approve = "The id of the plan that is approved, as `plan` and --dry-run show it: no other one runs";

const scratch = "Where rollbacks are tried: server (beside the target), embedded (in memory), or a server's URL";

const report = "Also write the report to a file: .json, .xml (JUnit) or .md, or junit:<file>; several with commas";

const claudeFlow = "Tell a Claude Flow swarm of the run, as `hooks` in the configuration may";

const at = "Where backups are: a folder, or s3://bucket/prefix (.clew/backups)";

const keyFile = "The key of encrypted backups, in a file (or CLEW_BACKUP_KEY in the environment)";

export function declareCommands(): CAC {
  const cli = cac("clew");
  cli
    .option("--db <url>", "The database to work on")
    .option("--embedded [folder]", "Work on an embedded Postgres kept in this folder (.clew)")
    .option("--dir <folder>", "The migrations folder (supabase/migrations, or migrations)")
    .option("--env <name>", "The environment: development, staging, production or your own (CLEW_ENV, NODE_ENV)")
    .option("--yes", "Answer every question with yes")
    .option("--json", "Print one JSON document on stdout")
    .option("--log-level <level>", "debug, info, warning or error (info)")
    .option("--no-color", "Print without colours");

  cli
    .command("execute [version]", "Apply pending migrations, up to and including the version")
    .alias("run")
    .option("--dry-run", "Show the plan, change nothing")
    .option("--out-of-order, --include-all", "Also apply migrations older than the newest applied one")
    .option("--force", "Run this version, also if it is applied")
    .option(
      "--backup <scope>",
      "Save first: none, scoped (what is destroyed), schema or full (none; scoped in production)",
    )
    .option("--at <place>", at)
    .option("--key-file <file>", keyFile)
    .option("--continue-on-error", "Skip a migration that fails, go on with those after it")
    .option("--auto-rollback", "If the run fails, take back what it has applied")
    .option("--lock-timeout <time>", "How long a statement may wait for a lock: 500, 5s (5s)")
    .option("--statement-timeout <time>", "How long a statement may run: 30s, 5min (no limit)")
    .option("--wait <seconds>", "How long to wait for another run (60)")
    .option("--scratch <place>", scratch)
    .option("--claude-flow", claudeFlow)
    .option("--report <file>", report)
    .option("--approve <id>", approve)
    .option("--plan <file>", "The plan that is approved, as `plan --out` has written it: no other one runs")
    .option(
      "--move-dropped",
      "Move tables that are dropped into the archive where that can be, in place of copying rows",
    )
    .option("--allow-destructive", "Let this run lose rows and objects, where the configuration forbids it")
    .option("--strict", "Let warnings stop the run: files that are changed or missing, names that nothing has");
  cli.command("status", "Show what is applied, pending, changed and missing");
  cli
    .command("rollback [steps]", "Take back the newest applied migration, or that many")
    .option("--to <version>", "Take back all that was applied after this version (0: all)")
    .option("--claude-flow", claudeFlow)
    .option("--approve <id>", approve)
    .option("--report <file>", report)
    .option("--write", "Write the rollbacks that were kept as .down.sql files for review, run nothing")
    .option("--at <place>", at)
    .option("--key-file <file>", keyFile)
    .option("--dry-run", "Show the plan, change nothing");
  cli
    .command("prove [version]", "Try the rollbacks of pending migrations, or of one, in a scratch database")
    .option("--scratch <place>", scratch)
    .option("--platform <name>", platform);
  cli
    .command("validate", "Read every file with PostgreSQL's grammar, compare files with history")
    .option("--report <file>", report)
    .option("--platform <name>", platform);
  cli
    .command("plan [version]", "Show what execute would do: statements, locks, rewrites, losses, ways back, findings")
    .option("--out <file>", "Also write the plan, with its id, for somebody to approve")
    .option(
      "--prove",
      "Try its rollbacks in a scratch database, so that it has their proofs (with --out where `proof` demands them)",
    )
    .option("--move-dropped", "Plan a run that moves tables which are dropped into the archive")
    .option("--allow-destructive", "Plan a run that may lose rows and objects")
    .option("--out-of-order, --include-all", "Also plan migrations older than the newest applied one")
    .option("--force", "Plan to run this version again");
  cli
    .command("schema [version]", "Show the schema of the database, or what the files up to the version make")
    .option("--format <how>", "tree, or sql: the statements that make it on a new database (tree)")
    .option("--all", "Also what every new database has")
    .option("--platform <name>", platform);
  cli
    .command(
      "diff [from] [to]",
      "Show where the database is not what its files make (exit status 3), or, with a version, what the migrations after it change",
    )
    .option("--with <url>", "Compare the database with this one instead")
    .option("--platform <name>", platform);
  cli
    .command(
      "repair [version]",
      "Bring history and files into step, or mark one migration; runs nothing of any migration",
    )
    .option("--keep <side>", "Which is right where both could be changed: files, or history (files)")
    .option("--status <status>", "Mark the version as applied, or as reverted")
    .option("--dry-run", "Show what would be mended, change nothing")
    .option("--approve <id>", approveChange);
  cli
    .command(
      "adopt [tool]",
      "Take the project over from another migration tool, whose table and files stay as they are",
    )
    .option("--from <folder>", "The other tool's folder (its usual one)")
    .option("--dry-run", "Show what would be taken over, change nothing")
    .option("--approve <id>", approveChange);
  cli
    .command(
      "baseline <version>",
      "Mark the files up to the version as applied on a database that already has what they make",
    )
    .option("--dry-run", "Only look whether the database has it all")
    .option("--force", "Mark them also if something is missing")
    .option("--approve <id>", approveChange);
  cli.command("doctor", "Show which channel to the database is used and why, what it can do, and what is wrong");
  cli
    .command(
      "supabase <action>",
      "install, arm, disarm, uninstall: the channel by which a service key runs migrations; status shows it",
    )
    .option("--for <time>", "With arm, or install: for how long it is open (30m, 2h)")
    .option("--for-good", "With arm, or install: open until it is disarmed")
    .option("--print", "Print the SQL, for the dashboard's SQL editor; run nothing");
  cli
    .command("recover [version]", "Say what a run has left that did not end well, and do what is right about it")
    .option("--do <action>", "resume, mark-applied, mark-not-applied, rollback, restore, skip or rebuild-indexes")
    .option("--approve <id>", approve);
  cli.command(
    "config [diff] [a] [b]",
    "Show what the configuration comes to and where each value is from, or in which settings two environments differ",
  );
  cli
    .command("backup create [...tables]", "Save all rows and the schema, or only these tables")
    .option("--schema-only", "Save the schema, no rows")
    .option("--level <level>", "Check it at once: checksum, decode or restore")
    .option("--at <place>", at)
    .option("--key-file <file>", keyFile);
  cli.command("backup list", "Show the backups that there are").option("--at <place>", at);
  cli.command("backup show <id>", "Show what is in a backup (latest: the newest)").option("--at <place>", at);
  cli
    .command("backup verify <id>", "Check a backup: its bytes, its rows, or by restoring it into a scratch database")
    .option("--level <level>", "checksum, decode or restore (decode)")
    .option("--scratch <place>", scratch)
    .option("--at <place>", at)
    .option("--key-file <file>", keyFile);
  cli
    .command("backup restore <id> [...tables]", "Put saved rows back, of all tables or of these, in one transaction")
    .option(
      "--mode <mode>",
      "missing: add rows that are gone; merge: also give saved values back; replace: also remove newer rows (missing)",
    )
    .option("--no-triggers", "Let triggers rest meanwhile")
    .option("--dry-run", "Do it, count, and roll it back")
    .option("--at <place>", at)
    .option("--key-file <file>", keyFile);
  cli
    .command("backup prune", "Remove backups that no rule keeps; shows them first")
    .option("--last <count>", "Keep the newest so many")
    .option("--days <count>", "Keep those younger than so many days")
    .option("--size <megabytes>", "Keep no more than so much in all")
    .option("--dry-run", "Show the plan, change nothing")
    .option("--at <place>", at);
  cli
    .command("backup purge", "Let go of rows that are kept in the database for rollbacks and have expired")
    .option("--dry-run", "Show the plan, change nothing");
  cli.command(
    "mcp",
    "Let an agent look, and run what people have approved (Model Context Protocol, on stdin and stdout)",
  );
  cli
    .command("logs [name]", "List the logs of runs, or show one: its name, the end of it, or last")
    .option("--follow", "Go on with what comes, until the run has ended")
    .option("--filter <what>", "A level and above, an event such as step.failed or step, a version, or a word");
  cli.command("new <name>", "Write an empty migration with a new version");
  cli.command("init", "Write clew.config.ts, make the migrations folder");

  cli.version(toolVersion(), "-v, --version");
  cli.help(([version, ...sections]) => [
    version!,
    ...(cli.matchedCommand ? [{ body: cli.matchedCommand.description }] : []),
    ...sections
      .filter(({ title }) => !title?.startsWith("For more info"))
      .map(({ title, body }) => ({
        ...(title ? { title } : {}),
        body: body.replaceAll(/ +(?:\(default: true\))?$/gm, ""),
      })),
    { title: "The database, first that is given", body: database },
    { title: "Exit status", body: statuses },
  ]);
  return cli;
}

/** The version of @clew/cli. */
export function toolVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
