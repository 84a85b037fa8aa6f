// Owns the server that one test run shares: vitest starts it before the first test file and stops it after the last.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import type { Major } from "./programs.ts";
import { startServer } from "./server.ts";
import type { Server } from "./server.ts";
import { startSupabase, supabaseTemplate } from "./supabase.ts";

/** What a new database holds at first. */
export type Template = "plain" | "supabase";

/** Where a template can be cloned. */
export interface Address {
  /** Connection string of a superuser. */
  readonly url: string;
  /** Name of the template database. */
  readonly template: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** Where test files ask for the address of a template: `GET <kit>/plain`. */
    kit: string;
  }
}

/**
 * `PG_MAJOR` chooses the version (15, 17, 18; default 17), `TEST_DATABASE_URL` a server that is there already.
 * Servers start when the first test asks for a template of theirs, so that tests which need none pay nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Server[] = [];
  const kept = async (server: Promise<Server>): Promise<Server> => {
    servers.push(await server);
    return server;
  };
  const templates: Record<Template, () => Promise<Address>> = {
    plain: onceOnly(async () => {
      const url = process.env["TEST_DATABASE_URL"];
      if (url) return { url, template: "template0" };
      const server = await kept(startServer({ major: wantedMajor() }));
      return { url: server.url(), template: "template0" };
    }),
    supabase: onceOnly(async () => {
      const server = await kept(startSupabase(wantedMajor()));
      return { url: server.url(), template: supabaseTemplate };
    }),
  };

  const desk = createServer((request, response) => {
    const template = templates[request.url!.slice(1) as Template];
    template().then(
      (address) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  desk.listen(0, "127.0.0.1");
  await once(desk, "listening");
  project.provide("kit", `http://127.0.0.1:${(desk.address() as AddressInfo).port}`);

  return async () => {
    desk.closeAllConnections();
    desk.close();
    await Promise.all(servers.map((server) => server.stop()));
  };
}

function wantedMajor(): Major {
  const text = process.env["PG_MAJOR"] ?? "17";
  if (text === "15" || text === "17" || text === "18") return Number(text) as Major;
  throw new Error(`PG_MAJOR is ${text}, but the kit has 15, 17 and 18`);
}

function onceOnly<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => (started ??= start());
}
