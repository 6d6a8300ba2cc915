// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Socket } from "node:net";
import type { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import type { ConnectionContext } from "../handlers/handler.ts";
import { apis } from "../protocol/apis.ts";
import { MalformedError } from "../protocol/reader.ts";
import { maxUnauthenticatedBytes, SaslSession } from "../security/sasl-session.ts";
import { spareBuffers } from "../spare-buffers.ts";
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
  const { logger, connections } = cluster;
  // It was one too many, or has gone while it waited for all nodes to start.
  if (socket.destroyed) return;
  if (cluster.requestFaults.refuses(options.node.id)) {
    socket.destroy();
    return;
  }
  const clientHost = plainAddress(socket.remoteAddress);
  const clientPort = socket.remotePort;
  const reachedAt = plainAddress(socket.localAddress);
  const splitter = new FrameSplitter(cluster.options.maxRequestBytes);
  const waiting: Buffer[] = [];
  const closeCallbacks = new Set<() => void>();
  let isClosed = false;
  /** A request has no answer yet. */
  let isAnswering = false;
  /** The client does not take its answers as fast as it asks. */
  let isFull = false;
  /** Why the connection closes after the next answer, if it does. */
  let endReason: string | undefined;

  const disconnect: ConnectionContext["disconnect"] = (reason, level = "warn") => {
    if (socket.destroyed) return;
    logger[level](`Closed the connection of ${clientHost}:${clientPort}: ${reason}`);
    socket.destroy();
  };
  const connection: ConnectionContext = {
    ...options,
    clientHost,
    lastClientId: "",
    session: createSession(options, () => {
      splitter.maxBytes = cluster.options.maxRequestBytes;
    }),
    addressOf: (node) => node.address(listener, reachedAt),
    onClose(callback) {
      if (isClosed) callback();
      else closeCallbacks.add(callback);
      return () => closeCallbacks.delete(callback);
    },
    disconnect,
    hangUp: (reason) => {
      endReason = reason;
    },
  };
  connections.add(connection);
  if (connection.session) {
    splitter.maxBytes = Math.min(splitter.maxBytes, maxUnauthenticatedBytes);
  }

  const fail = (error: unknown) => {
    if (error instanceof MalformedError) return disconnect(error.message);
    // Ours to mend, so with a stack.
    logger.error("Cannot answer a request", {
      error: error instanceof Error ? error.stack : String(error),
    });
    disconnect("its request failed here");
  };

  const send = (chunks: readonly Buffer[] | null) => {
    if (!chunks || !socket.writable) return;
    for (const chunk of chunks) {
      isFull = !socket.write(chunk, spareBuffers.isLent(chunk) ? giveBackOf(chunk) : undefined);
    }
    if (endReason === undefined) return;
    logger.warn(`Closed the connection of ${clientHost}:${clientPort}: ${endReason}`);
    socket.destroySoon();
  };

  const answered = (chunks: readonly Buffer[] | null) => {
    isAnswering = false;
    socket.cork();
    send(chunks);
    work();
    socket.uncork();
  };

  /** Within a cork, so that what is answered at once goes out in one write. */
  const work = () => {
    try {
      while (!isAnswering && !isFull && socket.writable) {
        const frame = waiting.shift();
        if (!frame) break;
        const chunks = answer(frame, connection);
        if (chunks instanceof Promise) {
          isAnswering = true;
          chunks.then(answered).catch(fail);
        } else {
          send(chunks);
          if (isSpent(frame, connection)) spareBuffers.giveBack(frame);
        }
      }
    } catch (error) {
      fail(error);
    }
    // A client that asks faster than it is answered is held up, not remembered.
    if (waiting.length > 0) socket.pause();
    else if (socket.isPaused()) socket.resume();
  };

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    try {
      for (const frame of splitter.push(chunk)) waiting.push(frame);
    } catch (error) {
      fail(error);
      return;
    }
    socket.cork();
    work();
    socket.uncork();
  });
  socket.on("drain", () => {
    isFull = false;
    socket.cork();
    work();
    socket.uncork();
  });
  socket.on("close", () => {
    isClosed = true;
    connections.delete(connection);
    for (const callback of closeCallbacks) callback();
    closeCallbacks.clear();
  });
}

/** Lets a chunk be used again when the socket has sent it. */
function giveBackOf(chunk: Buffer) {
  return (error?: Error | null) => {
    if (!error) spareBuffers.giveBack(chunk);
  };
}

/**
 * Whether nothing reads a frame that was answered at once. Its records were copied to the log; of
 * other requests members of groups keep parts, and functions of faults may keep what they see.
 */
function isSpent(frame: Buffer, { cluster }: ConnectionContext): boolean {
  // Not every frame has an api key: one may be a bare token of an authentication.
  if (!spareBuffers.isLent(frame) || cluster.requestFaults.isSet) return false;
  return frame.readInt16BE(0) === apis.produce.key;
}

function createSession({ cluster, listener }: ConnectionOptions, onAuthenticated: () => void) {
  const { saslMechanisms: mechanisms } = listener;
  if (mechanisms.length === 0) return undefined;
  const { users, clock, options } = cluster;
  return new SaslSession({
    mechanisms,
    users,
    clock,
    lifetimeMs: options.saslSessionLifetimeMs,
    onAuthenticated,
  });
}

/** An IPv4 client of a socket that listens on IPv6 too is `::ffff:127.0.0.1`. */
function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}
