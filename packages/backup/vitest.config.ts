import { defineProject } from "vitest/config";

export default defineProject({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    name: "backup",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ["../../test/kit/src/setup.ts"],
  },
});
