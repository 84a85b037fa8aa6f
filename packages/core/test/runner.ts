// Owns a process that runs migrations and kills itself: `runner.ts <url> <dir> <n>` dies at the nth event.
import { MigrationExecutor } from "../src/executor.ts";

const [, , databaseUrl = "", dir = "", at = "0"] = process.argv;
let events = 0;
const observers = [
  () => {
    if (++events === Number(at)) process.kill(process.pid, "SIGKILL");
  },
];
const report = await new MigrationExecutor({ databaseUrl, dir, observers, wait: 60_000 }).executeAll();
process.stdout.write(JSON.stringify({ outcome: report.outcome, events }));
