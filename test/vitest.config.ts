import { defineProject } from "vitest/config";

export default defineProject({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    name: "house",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    exclude: ["**/node_modules/**"],
    globalSetup: ["./kit/src/setup.ts"],
  },
});
