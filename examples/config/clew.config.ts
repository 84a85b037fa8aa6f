import { defineConfig } from "@clew/cli";

export default defineConfig({
  embedded: ".clew/development",
  lockTimeout: "2s",
  environments: {
    staging: { embedded: ".clew/staging", strict: true, logLevel: "info" },
  },
});
