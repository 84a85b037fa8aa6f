// The test projects, and the reporter whose last line CI reads.
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "test"],
    reporters: ["default", "./test/reporter.ts"],
    // Tests mostly wait for a server, so a worker for each core keeps the machine no more than busy.
    maxWorkers: Math.max(2, availableParallelism()),
  },
});
