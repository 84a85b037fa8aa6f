// Owns the network between a client and a server as tests want it: slow, counted, silent or cut at a chosen byte.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { openPipe } from "./pipe.ts";
import type { Pipe } from "./pipe.ts";

/** Who sent the bytes. */
export type Side = "client" | "server";

/**
 * When a cut comes, told from the bytes that called for it.
 * `before`: they are lost, both sides are reset.
 * `after`: they arrive, then the line is dead: their sender is reset at once, their receiver is told the end of the stream.
 * `answered` (client's bytes only): they arrive, the server does its work and answers in full, and the answer is lost.
 */
export type Moment = "before" | "after" | "answered";

export interface ProxyOptions {
  /** Milliseconds added to a round trip, half of it each way; 0 by default. It does not limit throughput. */
  readonly delayMs?: number;
}

export interface Counts {
  /** Connections accepted so far. */
  readonly connections: number;
  readonly bytesFromClient: number;
  readonly bytesFromServer: number;
  /**
   * How often a client waited for the server: data reached the client after data had come from it. A burst of messages
   * sent without waiting is one round trip, connecting is one (three with a SCRAM password), saying goodbye is none.
   */
  readonly roundTrips: number;
}

export interface Proxy extends AsyncDisposable {
  /** The target's connection string with the proxy's host and port. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What has passed so far. */
  counts(): Counts;
  /** From now on nothing passes, and nobody is told: connections stay open, new ones are accepted. */
  silence(): void;
  /** Ends the silence; what was held back arrives, in order. */
  resume(): void;
  /** Resets all open connections, both sides. New ones pass. */
  cut(): void;
  /** Cuts the first connection on which all bytes from that side, taken together since this call, match. Resolves after the cut. */
  cutWhen(from: Side, matches: (seen: Buffer) => boolean, moment?: Moment): Promise<void>;
  /** Cuts the first connection on which that many bytes from that side have passed since this call, exactly. Resolves after the cut. */
  cutAfterBytes(from: Side, count: number): Promise<void>;
  /** Resets all connections and stops listening. */
  stop(): Promise<void>;
}

/** A cut that waits for its bytes: says how many bytes of a chunk may pass, or undefined where all of them may. */
interface Cut {
  readonly from: Side;
  readonly moment: Moment;
  readonly seen: WeakMap<Connection, Buffer>;
  reached(seen: Buffer): number | undefined;
  done(): void;
}

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  /** By the side whose bytes it carries. */
  readonly pipes: Readonly<Record<Side, Pipe>>;
  /** The client has sent something that the server has not answered yet. */
  waiting: boolean;
  /** The server's answers are thrown away from here on, and the connection with the last of them. */
  answerLost?: Cut;
  /** The last six bytes of the answer that is thrown away. */
  lastWord: Buffer;
  /** It was cut; what it still says is of no interest. */
  over: boolean;
}

/** ReadyForQuery, the server's last word on a message. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const readyForQuery = Buffer.from("Z\0\0\0\u0005", "latin1");

/** Starts a proxy in front of a server; the target is a connection string. */
export async function startProxy(target: string, options: ProxyOptions = {}): Promise<Proxy> {
  const to = new URL(target);
  const oneWayMs = (options.delayMs ?? 0) / 2;
  const open = new Set<Connection>();
  const counts = { connections: 0, bytesFromClient: 0, bytesFromServer: 0, roundTrips: 0 };
  let cuts: Cut[] = [];
  let silent = false;

  const reset = (connection: Connection): void => {
    open.delete(connection);
    connection.over = true;
    connection.pipes.client.close();
    connection.pipes.server.close();
    connection.client.resetAndDestroy();
    connection.server.resetAndDestroy();
  };

  /** Lets the receiver have what was sent to it, and resets the sender. */
  const cutAfter = (connection: Connection, from: Side): void => {
    connection.over = true;
    connection.pipes[opposite(from)].close();
    connection[from].resetAndDestroy();
    connection.pipes[from].push("end");
  };

  const finish = (connection: Connection, cut: Cut): void => {
    if (cut.moment === "after") cutAfter(connection, cut.from);
    else reset(connection);
    cut.done();
  };

  /** Takes bytes off one side, and gives the pipe what may pass of them. */
  const receive = (connection: Connection, from: Side, bytes: Buffer): void => {
    if (connection.over) return;
    counts[from === "client" ? "bytesFromClient" : "bytesFromServer"] += bytes.length;
    if (from === "client") connection.waiting = true;
    if (from === "server" && connection.answerLost) {
      connection.lastWord = Buffer.concat([connection.lastWord, bytes.subarray(-6)]).subarray(-6);
      if (connection.lastWord.subarray(0, 5).equals(readyForQuery)) finish(connection, connection.answerLost);
      return;
    }
    for (const cut of cuts.filter((candidate) => candidate.from === from)) {
      const before = cut.seen.get(connection) ?? Buffer.alloc(0);
      const seen = Buffer.concat([before, bytes]);
      cut.seen.set(connection, seen);
      const upTo = cut.reached(seen);
      if (upTo === undefined) continue;
      cuts = cuts.filter((other) => other !== cut);
      if (cut.moment !== "before") connection.pipes[from].push(bytes.subarray(0, upTo - before.length));
      if (cut.moment === "answered") connection.answerLost = cut;
      else finish(connection, cut);
      return;
    }
    connection.pipes[from].push(bytes);
  };

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counts.connections += 1;
    const server = connect({ host: to.hostname, port: Number(to.port || 5432), allowHalfOpen: true, noDelay: true });
    const connection: Connection = {
      client,
      server,
      waiting: false,
      lastWord: Buffer.alloc(0),
      over: false,
      pipes: {
        client: openPipe(client, server, oneWayMs),
        server: openPipe(server, client, oneWayMs, () => {
          // counted where the client hears it: what it sends while an answer is on its way is not a reaction to it
          if (connection.waiting) counts.roundTrips += 1;
          connection.waiting = false;
        }),
      },
    };
    open.add(connection);
    if (silent) for (const pipe of Object.values(connection.pipes)) pipe.hold();
    for (const side of ["client", "server"] as const) {
      const socket = connection[side];
      socket.on("data", (bytes: Buffer) => receive(connection, side, bytes));
      socket.on("end", () => connection.pipes[side].push("end"));
      // a reset, or a server that refuses: the other side learns it the same way, unless nobody learns anything
      socket.on("error", () => {
        if (!silent) reset(connection);
      });
      socket.on("close", () => {
        if (client.closed && server.closed) open.delete(connection);
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { address: host, port } = listener.address() as AddressInfo;

  const cutOnce = (from: Side, moment: Moment, reached: Cut["reached"]): Promise<void> =>
    new Promise((done) => {
      cuts.push({ from, moment, seen: new WeakMap(), reached, done });
    });
  const eachPipe = (act: (pipe: Pipe) => void): void => {
    for (const { pipes } of open) {
      act(pipes.client);
      act(pipes.server);
    }
  };
  const cut = (): void => {
    for (const connection of open) reset(connection);
  };
  const stop = async (): Promise<void> => {
    cut();
    if (!listener.listening) return;
    listener.close();
    await once(listener, "close");
  };
  return {
    url: Object.assign(new URL(target), { host: `${host}:${port}` }).href,
    host,
    port,
    counts: () => ({ ...counts }),
    silence() {
      silent = true;
      eachPipe((pipe) => pipe.hold());
    },
    resume() {
      silent = false;
      for (const connection of open) if (connection.client.errored || connection.server.errored) reset(connection);
      eachPipe((pipe) => pipe.release());
    },
    cut,
    cutWhen: (from, matches, moment = "after") =>
      cutOnce(from, moment, (seen) => (matches(seen) ? seen.length : undefined)),
    cutAfterBytes: (from, count) => cutOnce(from, "after", (seen) => (seen.length >= count ? count : undefined)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function opposite(side: Side): Side {
  return side === "client" ? "server" : "client";
}
