// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Socket } from "node:net";
import type { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import type { ConnectionContext } from "../handlers/handler.ts";
import { MalformedError } from "../protocol/reader.ts";
import { answer } from "./answer.ts";
import { FrameSplitter } from "./frame-splitter.ts";

/** Options of {@link serveConnection}. */
export interface ConnectionOptions {
  readonly cluster: Cluster;
  /** The node to which the client connected. */
  readonly node: Node;
  readonly listener: Listener;
}

/**
 * Answers the requests of one client in their order, one at a time, as Kafka does: while one waits,
 * those behind it wait too. Whatever is wrong with a request closes this connection and no other.
 */
export function serveConnection(socket: Socket, options: ConnectionOptions): void {
  const { cluster, listener } = options;
  const { logger } = cluster;
  const clientHost = plainAddress(socket.remoteAddress);
  const reachedAt = plainAddress(socket.localAddress);
  const splitter = new FrameSplitter(cluster.options.maxRequestBytes);
  const waiting: Buffer[] = [];
  const closed = new AbortController();
  let isBusy = false;

  const disconnect = (reason: string) => {
    if (socket.destroyed) return;
    logger.warn(`Closed the connection of ${clientHost}:${socket.remotePort}: ${reason}`);
    socket.destroy();
  };
  const connection: ConnectionContext = {
    ...options,
    clientHost,
    addressOf: (node) => node.address(listener, reachedAt),
    signal: closed.signal,
    disconnect,
  };

  const fail = (error: unknown) => {
    if (error instanceof MalformedError) return disconnect(error.message);
    // Ours to mend, so with a stack.
    logger.error("Cannot answer a request", {
      error: error instanceof Error ? error.stack : String(error),
    });
    disconnect("its request failed here");
  };

  const work = async () => {
    isBusy = true;
    try {
      for (let frame = waiting.shift(); frame && !socket.destroyed; frame = waiting.shift()) {
        const chunks = await answer(frame, connection);
        if (chunks && !socket.destroyed) await send(socket, chunks);
      }
    } catch (error) {
      fail(error);
    }
    isBusy = false;
    if (!socket.destroyed) socket.resume();
  };

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    try {
      waiting.push(...splitter.push(chunk));
    } catch (error) {
      fail(error);
      return;
    }
    if (!isBusy) void work();
    // A client that asks faster than it is answered is held up, not remembered.
    else if (waiting.length > 0) socket.pause();
  });
  socket.on("error", (error) => {
    logger.debug(`Lost the connection of ${clientHost}`, { error: error.message });
  });
  socket.on("close", () => closed.abort());
}

/** One write for the whole frame. Resolves when there is room for more. */
function send(socket: Socket, chunks: readonly Buffer[]): Promise<void> | undefined {
  let hasRoom = true;
  socket.cork();
  for (const chunk of chunks) hasRoom = socket.write(chunk);
  socket.uncork();
  if (hasRoom || socket.destroyed) return undefined;
  return new Promise((resolve) => {
    const finish = () => {
      socket.off("drain", finish);
      socket.off("close", finish);
      resolve();
    };
    socket.on("drain", finish);
    socket.on("close", finish);
  });
}

/** An IPv4 client of a socket that listens on IPv6 too is `::ffff:127.0.0.1`. */
function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}
