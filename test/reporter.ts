// Owns the last line of a test run: `N passed, N failed`, which CI reads.
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class Tally implements Reporter {
  /** A file that fails to load has no tests to fail, and an error outside of a test belongs to none: each counts as one failure. */
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      let failures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "failed") failures += 1;
        else count[state === "passed" ? "passed" : "skipped"] += 1;
      }
      // a hook that throws fails its file or its group, and no test
      count.failed += failures === 0 && module.state() === "failed" ? 1 : failures;
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    // the reporter before this one prints its summary in the same turn
    process.once("exit", () => process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`));
  }
}
