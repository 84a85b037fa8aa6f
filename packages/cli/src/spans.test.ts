// Tests the spans of a run, made by OpenTelemetry's own packages, at a collector that takes OTLP over HTTP.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { freshDatabase, run, tempFolder, type Ended, type Folder } from "@clew/kit";
import { expect, test } from "vitest";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

const files = {
  "migrations/0001_people.sql":
    "create table people (id int primary key, mail text unique);\n\ninsert into people values (1, 'ann@canary.org');",
  "migrations/0002_index.sql": "create index concurrently people_mail on people (mail);",
  "migrations/0003_twice.sql": "insert into people values (2, 'ann@canary.org');",
};

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
}

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
  readonly status: { readonly code: number };
}

interface Message {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly messages: readonly string[];
  spans(): readonly Span[];
}

async function collector(
  answer = (_: IncomingMessage, response: ServerResponse): unknown => response.end("{}"),
): Promise<Collector> {
  const messages: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      messages.push(Buffer.concat(parts).toString());
      answer(request, response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    spans: () =>
      messages
        .flatMap((text) => (JSON.parse(text) as Message).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const clew = (
  folder: Folder,
  url: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ["execute"],
): Promise<Ended> => run(process.execPath, [bin, ...args], { cwd: folder.path, env: { DATABASE_URL: url, ...env } });

const valuesOf = ({ attributes }: Pick<Span, "attributes">): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.doubleValue ?? (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  );

test("a run is a tree of run, migrations and statements under the trace that it belongs to; no SQL, no values", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  await using collected = await collector();
  const ended = await clew(folder, db.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collected.url,
    TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  });
  expect(ended.status).toBe(1);
  const spans = collected.spans();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set(["0af7651916cd43dd8448eb211c80319c"]));
  const under = (parent: string | undefined): readonly Span[] => spans.filter((span) => span.parentSpanId === parent);
  const [whole, ...others] = under("b7ad6b7169203331");
  expect(others).toEqual([]);
  expect(whole!.name).toBe("clew execute");
  expect(whole!.status.code).toBe(2);
  expect(valuesOf(whole!)).toMatchObject({
    "clew.direction": "up",
    "clew.outcome": "failed",
    "clew.steps": 3,
    "error.type": "STATEMENT_FAILED",
    "db.response.status_code": "23505",
  });
  const steps = under(whole!.spanId);
  expect(steps.map((span) => [span.name, valuesOf(span)["clew.outcome"], valuesOf(span)["code.file.path"]])).toEqual([
    ["migration 0001", "applied", undefined],
    ["migration 0002", "applied", undefined],
    ["migration 0003", "failed", "migrations/0003_twice.sql"],
  ]);
  expect(valuesOf(steps[0]!)).toMatchObject({ "clew.migration.name": "people", "clew.statements": 2 });
  const statements = steps.map(({ spanId }) => under(spanId).map(valuesOf));
  expect(statements).toEqual([
    [
      expect.objectContaining({
        "clew.statement.index": 1,
        "clew.statement.kind": "CREATE TABLE",
        "code.file.path": "migrations/0001_people.sql",
        "code.line.number": 1,
      }),
      expect.objectContaining({
        "clew.statement.index": 2,
        "clew.statement.rows": 1,
        "clew.statement.kind": "INSERT",
        "code.line.number": 3,
      }),
    ],
    [expect.objectContaining({ "clew.statement.index": 1, "clew.statement.kind": "CREATE INDEX CONCURRENTLY" })],
    [],
  ]);
  expect(statements[1]![0]!["clew.ms"]).toBeGreaterThan(0);
  for (const span of spans) expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  const [message] = collected.messages;
  expect(valuesOf((JSON.parse(message!) as Message).resourceSpans[0]!.resource)).toMatchObject({
    "service.name": "clew",
  });
  expect(collected.messages.join()).not.toMatch(/canary|insert into|postgres(ql)?:\/\//);
});

test("a rollback is a trace of its own, and the environment names the service", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "create table a ();" });
  await clew(folder, db.url, {});
  await using collected = await collector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collected.url, OTEL_SERVICE_NAME: "deploy" };
  const ended = await clew(folder, db.url, env, ["rollback", "--yes"]);
  expect(ended.status, ended.stderr).toBe(0);
  const [whole] = collected.spans().filter(({ parentSpanId }) => !parentSpanId);
  expect(whole!.name).toBe("clew rollback");
  expect(valuesOf(whole!)["clew.outcome"]).toBe("rolled-back");
  expect(collected.messages.join()).toContain('"deploy"');
});

test("a collector that is not there, refuses or is silent is one finding, and changes no outcome", async () => {
  await using db = await freshDatabase();
  await using refusing = await collector((_, response) => response.writeHead(401).end());
  await using silent = await collector(() => undefined);
  for (const [at, url] of ["http://127.0.0.1:1", refusing.url, silent.url].entries()) {
    await using folder = await tempFolder({ [`migrations/000${at}_a.sql`]: `create table a${at} ();` });
    const ended = await clew(folder, db.url, { OTEL_EXPORTER_OTLP_ENDPOINT: url }, ["execute", "--json"]);
    expect(ended.status, ended.stderr).toBe(0);
    const report = JSON.parse(ended.stdout) as { outcome: string; findings: readonly { code: string }[] };
    expect(report.outcome).toBe("applied");
    expect(report.findings.map(({ code }) => code).filter((code) => code === "SPANS_NOT_SENT")).toHaveLength(1);
  }
});

test("without the packages one warning says what to install, and the run goes on", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "create table a ();" });
  const without = `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      return next(name.startsWith("@opentelemetry/") ? "not-installed" : name, context);
    } });`)}`;
  const ended = await run(process.execPath, ["--import", without, bin, "execute"], {
    cwd: folder.path,
    env: { DATABASE_URL: db.url, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
  });
  expect(ended.status).toBe(0);
  expect(ended.stderr.match(/no spans are sent/g)).toHaveLength(1);
  expect(ended.stderr).toMatch(/npm install @opentelemetry\/api .*@opentelemetry\/sdk-trace/);
});

test("nothing is sent where nothing runs, or where it is switched off", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "create table a ();" });
  await using collected = await collector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collected.url };
  await clew(folder, db.url, env, ["execute", "--dry-run"]);
  await clew(folder, db.url, env, ["status"]);
  await clew(folder, db.url, { ...env, OTEL_SDK_DISABLED: "true" });
  expect(collected.messages).toEqual([]);
});
