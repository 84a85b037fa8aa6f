// Preloaded into a Node program that is measured: what the program used, told on its way out. JavaScript, so that no types have to be stripped.
import { writeFileSync } from "node:fs";

let modules = 0;
for (const name of ["compile", "instantiate"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = (...args) => {
    modules += 1;
    return original(...args);
  };
}

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: maxRSS / 1024, wasmModules: modules };
  writeFileSync(process.env.CLEW_BENCH_USAGE, JSON.stringify(usage));
});
