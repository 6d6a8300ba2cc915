// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { ConnectionReader, End, Exchange } from "./exchange.ts";
import { readHttp1 } from "./http1-reader.ts";
import { readHttp2 } from "./http2-reader.ts";

/** A TCP proxy that reads along. */
export interface ObservingProxy {
  readonly port: number;
  /** All exchanges up to now, in the order in which they began. */
  readonly exchanges: readonly Exchange[];
  /** Whether the response of each exchange has come to its end, or was broken. */
  isSettled(): boolean;
  /** Why bytes could not be read: then the exchanges say nothing. */
  readonly faults: readonly unknown[];
  /** Cuts every connection at both ends. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port of this machine. It changes nothing of what passes. */
export async function startObservingProxy(
  version: Exchange["version"],
  targetPort: number,
): Promise<ObservingProxy> {
  const exchanges: Exchange[] = [];
  const faults: unknown[] = [];
  const sockets = new Set<Socket>();
  const readers: ConnectionReader[] = [];

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (toClient) => {
    const toServer = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    toServer.setNoDelay(true);
    const startReader = version === "2" ? readHttp2 : readHttp1;
    const reader = startReader((exchange) => {
      exchanges.push(exchange);
    });
    readers.push(reader);
    forward("client", toClient, toServer);
    forward("server", toServer, toClient);

    function forward(from: End, source: Socket, target: Socket): void {
      sockets.add(source);
      source.on("data", (bytes) => {
        try {
          reader.read(from, bytes);
        } catch (error) {
          faults.push(error);
        }
        if (!target.destroyed) target.write(bytes);
      });
      source.on("end", () => {
        reader.ended(from);
        target.end();
      });
      source.on("error", () => {
        reader.ended(from);
        target.destroy();
      });
      source.on("close", () => {
        sockets.delete(source);
        reader.ended(from);
        target.destroySoon();
      });
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");

  function cut(): void {
    for (const reader of readers) reader.ended("network");
    for (const socket of sockets) socket.destroy();
  }

  return {
    port: (server.address() as AddressInfo).port,
    exchanges,
    faults,
    isSettled: () =>
      exchanges.every(({ response, breaks }) => response.isComplete || breaks.length > 0),
    cut,
    async close() {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}
