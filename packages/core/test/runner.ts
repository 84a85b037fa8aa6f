// Owns a process that runs migrations and kills itself: `runner.ts <url> <dir> <n>` dies at the nth event. A URL of http is a Supabase project's.
import { MigrationExecutor } from "../src/executor.ts";

const [, , url = "", dir = "", at = "0"] = process.argv;
const { SUPABASE_SECRET_KEY: serviceKey = "" } = process.env;
const where = url.startsWith("http") ? { supabaseUrl: url, serviceKey } : { databaseUrl: url };
let events = 0;
const observers = [
  () => {
    if (++events === Number(at)) process.kill(process.pid, "SIGKILL");
  },
];
const report = await new MigrationExecutor({ ...where, dir, observers, wait: 60_000 }).executeAll();
process.stdout.write(JSON.stringify({ outcome: report.outcome, events }));
