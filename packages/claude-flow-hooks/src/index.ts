// Owns the public types of @clew/claude-flow-hooks: how a swarm is reached, and what it is told.
import type { Check, Observe, RunOutcome, StepReport } from "@clew/core";

/** How a run reaches a Claude Flow swarm. Nothing is ever downloaded: a `claude-flow` that is not installed is not told. */
export interface ClaudeFlowOptions {
  /** `mcp` keeps one server process for the run, `cli` starts one a message, `file` writes lines for others to read. Default: the first that is there. */
  readonly transport?: "mcp" | "cli" | "file";
  /** The program; default: `ruflo` or `claude-flow` in node_modules/.bin, then in the path. */
  readonly command?: string;
  /** The key under which the swarm's memory holds the migration's status. Default `swarm/migration/status`. */
  readonly memoryKey?: string;
  /** Asks the swarm for a go before a run; what its silence means. Default: it is not asked. */
  readonly ask?: "silence-allows" | "silence-refuses";
  /** Milliseconds that all messages of a run may take together. Default 15,000. */
  readonly budget?: number;
}

/** What Clew calls: the check may refuse a run before it begins, the observer is told of it and can change nothing. */
export interface ClaudeFlowHooks {
  readonly check?: Check;
  readonly observe: Observe;
}

/** What the swarm's memory holds under the key, as JSON. No SQL, no rows, no secrets. */
export interface MigrationStatus {
  /** Version of this shape. */
  readonly format: 1;
  readonly run: string;
  readonly state: "planned" | "running" | RunOutcome;
  readonly steps: readonly Pick<StepReport, "version" | "name" | "status" | "ms">[];
  /** What to do next, for whoever reads it. */
  readonly next?: string;
}
