import { appendFileSync } from "node:fs";
import { defineConfig, type Hook } from "@clew/cli";
import { claudeFlow } from "@clew/claude-flow-hooks";

const tally: Hook = {
  name: "tally",
  // Refuses a run of more migrations than somebody can look at.
  check: {
    name: "tally",
    when: "before",
    run: async ({ plan }) =>
      plan.steps.length > 5
        ? [{ code: "TOO_MANY", severity: "error", message: `${plan.steps.length} migrations at once are too many` }]
        : [],
  },
  // Hears everything, and can change nothing.
  observe: (event) => {
    if (event.type === "step.finished") appendFileSync("applied.txt", `${event.version}_${event.name}\n`);
  },
};

export default defineConfig({
  embedded: true,
  hooks: [tally, claudeFlow({ transport: "file" })],
});
