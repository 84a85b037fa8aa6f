// Owns the spans of a run for OpenTelemetry: run, migration, statement, sent where OTEL_EXPORTER_OTLP_ENDPOINT says. There is no SQL,
// no value and no message of the server in them.
import type { Attributes, Context as Parent, Span } from "@opentelemetry/api";
import { toolVersion, type ErrorData, type ReportFinding, type RunEvent } from "@clew/core";
import type { Hook } from "./config/settings.ts";
import type { Context } from "./context.ts";

const packages = [
  "@opentelemetry/api",
  "@opentelemetry/exporter-trace-otlp-http",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace",
] as const;

/** A migration has no more spans of statements than this: memory stays bounded. */
const mostStatements = 1_000;

/** How long the end of a command waits for spans to be taken, in milliseconds. */
const patience = 5_000;

/** Those who make spans: nobody unless the environment asks for it. What is not installed is said once. */
export async function traceHooks({ env, output }: Context): Promise<readonly Hook[]> {
  const wanted = env["OTEL_EXPORTER_OTLP_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
  if (!wanted || env["OTEL_SDK_DISABLED"] === "true" || env["OTEL_TRACES_EXPORTER"] === "none") return [];
  try {
    return [await openTrace(env)];
  } catch (error) {
    const missing = (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    const why = missing
      ? `they need packages that are not installed: npm install ${packages.join(" ")}`
      : error instanceof Error && error.message;
    output.log.warn(`no spans are sent, and the run goes on: ${why}`);
    return [];
  }
}

async function openTrace(env: Context["env"]): Promise<Hook> {
  const [{ ROOT_CONTEXT, SpanStatusCode, trace }, { OTLPTraceExporter }, resources, sdk] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-trace"),
  ]);
  const exporter = new OTLPTraceExporter();
  let failure: Error | undefined;
  const provider = new sdk.TracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ "service.name": "clew", "service.version": toolVersion }))
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        maxQueueSize: 20_000,
        exporter: {
          // The processor keeps to itself what could not be sent.
          export: (spans, done) =>
            exporter.export(spans, (result) => {
              failure ??= result.error;
              done(result);
            }),
          shutdown: () => exporter.shutdown(),
        },
      }),
    ],
  });
  const tracer = provider.getTracer("clew", toolVersion);
  const parent = parentOf(env["TRACEPARENT"]);
  let run: Opened | undefined;
  let step: (Opened & { statements: number; before: { done: number; ms: number } }) | undefined;

  interface Opened {
    readonly span: Span;
    readonly inside: Parent;
  }

  function open(name: string, inside: Parent, attributes: Attributes): Opened {
    const span = tracer.startSpan(name, { attributes }, inside);
    return { span, inside: trace.setSpan(inside, span) };
  }

  function close({ span }: Opened, outcome: string, error?: ErrorData): void {
    span.setAttribute("clew.outcome", outcome);
    if (error) {
      span.setAttributes(attributesOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  /** Nothing stays open that something else ends. */
  function closeStep(outcome: string, error?: ErrorData): void {
    if (step) close(step, outcome, error);
    step = undefined;
  }

  function statement({ done, of, at, kind, rows, ms }: Extract<RunEvent, { type: "statement.finished" }>): void {
    if (!step) return;
    // The next segment counts anew.
    const before = done <= step.before.done || ms < step.before.ms ? { done: 0, ms: 0 } : step.before;
    step.before = { done, ms };
    if (step.statements++ >= mostStatements) return;
    const end = performance.timeOrigin + performance.now();
    const attributes = {
      "clew.statement.index": before.done + 1,
      ...(done > before.done + 1 ? { "clew.statement.to": done } : {}),
      "clew.statement.of": of,
      ...(kind === undefined ? {} : { "clew.statement.kind": kind }),
      ...(rows === undefined ? {} : { "clew.statement.rows": rows }),
      "clew.ms": rounded(ms - before.ms),
      "code.file.path": at.path,
      "code.line.number": at.line,
    };
    tracer.startSpan(kind ?? "statements", { startTime: end - (ms - before.ms), attributes }, step.inside).end(end);
  }

  function observe(event: RunEvent): void {
    switch (event.type) {
      case "run.started": {
        const { target, steps, id } = event.plan;
        const direction = steps[0]?.direction ?? "up";
        run = open(direction === "up" ? "clew execute" : "clew rollback", parent, {
          "clew.run.id": event.run,
          "clew.plan.id": id,
          "clew.direction": direction,
          "clew.steps": steps.length,
          "db.system.name": "postgresql",
          "db.namespace": target.database,
        });
        return;
      }
      case "step.started": {
        closeStep("not-run");
        const { version, name, direction } = event;
        const opened = open(`migration ${version}`, run?.inside ?? parent, {
          "clew.migration.version": version,
          "clew.migration.name": name,
          "clew.direction": direction,
          "clew.statements": event.statements,
        });
        step = { ...opened, statements: 0, before: { done: 0, ms: 0 } };
        return;
      }
      case "statement.finished":
        return statement(event);
      case "step.retried":
        step?.span.addEvent("retried", { "clew.attempt": event.attempt });
        if (step) step.before = { done: 0, ms: 0 };
        return;
      case "step.blocked":
        step?.span.addEvent("blocked", { "clew.blockers": event.blockers.map(({ pid }) => pid) });
        return;
      case "step.finished":
        step?.span.setAttribute("clew.ms", rounded(event.ms));
        return closeStep(event.direction === "up" ? "applied" : "rolled-back");
      case "step.failed":
        step?.span.setAttribute("clew.ms", rounded(event.ms));
        return closeStep("failed", event.error);
      case "run.finished": {
        const { outcome, ms, error } = event.report;
        closeStep("not-run");
        run?.span.setAttribute("clew.ms", rounded(ms));
        if (run) close(run, outcome, error);
        run = undefined;
      }
    }
  }

  return {
    name: "opentelemetry",
    observe,
    async close() {
      closeStep("not-run");
      if (run) close(run, "error");
      const ended = await within(patience, provider.shutdown());
      if (ended && !failure) return [];
      const { code, message } = (failure ?? {}) as { code?: string | number; message?: string };
      const why = ended ? message || code : `no answer within ${patience / 1_000} s`;
      return [
        {
          code: "SPANS_NOT_SENT",
          severity: "warning",
          message: `not all spans of this run reached OTEL_EXPORTER_OTLP_ENDPOINT: ${why}`,
          help: "It changes nothing about the run. The address is that of a collector which takes OTLP over HTTP, most often port 4318.",
        } satisfies ReportFinding,
      ];
    },
  };

  /** https://www.w3.org/TR/trace-context/#traceparent-header */
  function parentOf(text = ""): Parent {
    const [, traceId, spanId, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(text) ?? [];
    if (!traceId || !spanId || !flags) return ROOT_CONTEXT;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true });
  }
}

function attributesOf({ code, sqlstate, at }: ErrorData): Attributes {
  return {
    "error.type": code,
    ...(sqlstate === undefined ? {} : { "db.response.status_code": sqlstate }),
    ...(at === undefined ? {} : { "code.file.path": at.path, "code.line.number": at.line }),
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Whether it ended in time; that it failed is an end too. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => void (timer = setTimeout(resolve, ms, false)));
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
