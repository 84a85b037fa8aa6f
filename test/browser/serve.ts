// Owns a page that runs the built analyzer without a bundler: a server of static files, and an import map.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

/** What the page's URL is, and the end of its server. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

export const dist: URL = new URL("../../packages/sql-analyzer/dist/", import.meta.url);
const libpgQuery = createRequire(new URL("../package.json", dist)).resolve("libpg-query/wasm/libpg-query.js");

// As strict as a site would be: no inline script but the map, no eval.
const policy = "default-src 'self'; img-src data:; script-src 'self' 'nonce-map' 'wasm-unsafe-eval'";

const page = `<!doctype html>
<title>@clew/sql-analyzer</title>
<link rel="icon" href="data:," />
<script type="importmap" nonce="map">
  { "imports": { "libpg-query/wasm/libpg-query.js": "/libpg-query.js" } }
</script>
<script type="module" src="/page.js"></script>
`;

const script = `import * as analyzer from "/sql-analyzer/index.js";
import { answering } from "/answers.js";
globalThis.answers = answering(analyzer, "/libpg-query.wasm");
`;

/** Serves the page on a port of its own. */
export async function serve(): Promise<Served> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    contentOf(path).then(
      ({ type, body }) =>
        response.writeHead(200, { "content-type": type, "content-security-policy": policy }).end(body),
      (error: unknown) => response.writeHead(404).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function contentOf(path: string): Promise<{ readonly type: string; readonly body: string | Buffer }> {
  const javaScript = (body: string) => ({ type: "text/javascript", body });
  switch (path) {
    case "/":
      return { type: "text/html", body: page };
    case "/page.js":
      return javaScript(script);
    case "/answers.js":
      return javaScript(stripTypeScriptTypes(await readFile(new URL("answers.ts", import.meta.url), "utf8")));
    case "/libpg-query.js":
      // It is CommonJS, which a bundler or a CDN would turn into a module by the same line.
      return javaScript(`${await readFile(libpgQuery, "utf8")}\nexport default PgQueryModule;\n`);
    case "/libpg-query.wasm":
      return { type: "application/wasm", body: await readFile(libpgQuery.replace(/js$/, "wasm")) };
    default: {
      const file = /^\/sql-analyzer\/((?:[\w-]+\/)*[\w-]+\.js)$/.exec(path)?.[1];
      if (file === undefined) throw new Error(`${path} is not served`);
      return javaScript(await readFile(fileURLToPath(new URL(file, dist)), "utf8"));
    }
  }
}
