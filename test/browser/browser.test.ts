// Holds the built analyzer to give the same answers in a browser, without a bundler, as in Node.
import { accessSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answering } from "./answers.ts";
import { dist, serve, type Served } from "./serve.ts";
import { projects } from "./texts.ts";

const program = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
});

describe.skipIf(program === undefined)(`in Chromium${program === undefined ? " (not installed here)" : ""}`, () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    served = await serve();
    browser = await chromium.launch({
      executablePath: program!,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(served.url);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
  });

  const inBrowser = (files: readonly string[]): Promise<readonly string[]> =>
    // The page's own name: see serve.ts
    page.evaluate(async (texts) => (await (globalThis as unknown as Answering).answers)(texts), files);

  test("every file and every project is answered as in Node", async () => {
    const inNode = await answering((await import(new URL("index.js", dist).href)) as Parameters<typeof answering>[0]);
    let files = 0;
    for (const project of await projects()) {
      const wanted = inNode(project.files);
      const given = await inBrowser(project.files);
      expect(given.length, project.name).toBe(project.files.length + 1);
      for (const [at, answer] of given.entries()) {
        expect(answer, `${project.name}, file ${at + 1} of ${project.files.length}`).toBe(wanted[at]);
      }
      files += project.files.length;
    }
    expect(files).toBeGreaterThan(100);
    expect(complaints).toEqual([]);
  });

  test("what is nested too deeply is an answer too, and the next one is right", async () => {
    const [deep, after] = await inBrowser([`select ${"(".repeat(50_000)}1${")".repeat(50_000)}`, "select 1"]);
    expect((JSON.parse(deep!) as Answer).script.findings).toHaveLength(1);
    expect((JSON.parse(after!) as Answer).script).toMatchObject({ findings: [], statements: [{ kind: "SELECT" }] });
  });
});

interface Answering {
  readonly answers: ReturnType<typeof answering>;
}

interface Answer {
  readonly script: { readonly findings: readonly unknown[]; readonly statements: readonly unknown[] };
}
