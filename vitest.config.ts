// The test projects, and the reporter whose last line CI reads.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { projects: ["packages/*", "test"], reporters: ["default", "./test/reporter.ts"] },
});
