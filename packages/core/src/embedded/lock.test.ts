// Tests of the lock on the folder of an embedded database.
import { existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { start, tempFolder, type Running } from "@clew/kit";
import { expect, test } from "vitest";
import { lockFile } from "./lock.ts";

const source = new URL("./lock.ts", import.meta.url).href;

/** A process that tries the lock, says how that went, and keeps what it got. Resolves when it has said so. */
async function contender(path: string): Promise<{ readonly said: string; readonly process: Running }> {
  const script = `import { lockFile } from ${JSON.stringify(source)};
    try { lockFile(${JSON.stringify(path)}); console.log("won"); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.code + " " + error.message); }`;
  return new Promise((resolve) => {
    const process_: Running = start(process.execPath, ["--input-type=module", "-e", script], {
      onOutput: ({ stdout }) => stdout.endsWith("\n") && resolve({ said: stdout.trim(), process: process_ }),
    });
  });
}

async function kill({ process }: { readonly process: Running }): Promise<void> {
  process.kill();
  await process.ended;
}

test("a lock is had once, and again when it was given back", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const release = lockFile(path);
  expect(() => lockFile(path)).toThrow(/open in this process/);
  release();
  expect(existsSync(path)).toBe(false);
  lockFile(path)();
});

test("a living process's lock is refused by its id, a killed one's is taken over", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  const holder = await contender(path);
  expect(holder.said).toBe("won");
  expect(() => lockFile(path)).toThrow(`open in process ${holder.process.pid} (${path})`);
  await kill(holder);
  const release = lockFile(path);
  expect((await contender(path)).said).toContain(`EMBEDDED_UNAVAILABLE`);
  release();
});

test("of many that find a dead process's lock, one gets it", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  await kill(await contender(path));
  const all = await Promise.all(Array.from({ length: 6 }, () => contender(path)));
  expect(all.filter(({ said }) => said === "won")).toHaveLength(1);
  expect(all.filter(({ said }) => said.startsWith("EMBEDDED_UNAVAILABLE"))).toHaveLength(5);
  await Promise.all(all.map(kill));
});

test("a takeover that was killed half-way is taken over itself", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  await kill(await contender(path));
  await kill(await contender(`${path}.takeover`));
  lockFile(path)();
  expect(existsSync(`${path}.takeover`)).toBe(false);
});

test.skipIf(!existsSync("/proc/self/stat"))("an id that is used again is no sign of life (needs /proc)", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.pid, began: "1" }));
  lockFile(path)();
});

test("what cannot be judged is refused, with the file to delete", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "lock");
  for (const [content, who] of [
    [JSON.stringify({ host: "elsewhere", pid: 1 }), "process 1 on elsewhere"],
    ["", "process (unknown)"],
  ] as const) {
    writeFileSync(path, content);
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({
        message: `the embedded database is open in ${who} (${path})`,
        data: expect.objectContaining({ help: expect.stringContaining(`delete ${path}`) }),
      }),
    );
  }
});
