// The public face of @clew/claude-flow-hooks.
export { claudeFlow, type ClaudeFlowHooks, type ClaudeFlowOptions } from "./claude-flow.ts";
export type { MigrationStatus, RunResult, StatusOfStep } from "./status.ts";
export type { Answer, Question } from "./ask.ts";
