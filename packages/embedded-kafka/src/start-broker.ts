// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type BrokerOptions, type ResolvedOptions, resolveOptions } from "./broker-options.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { GroupCoordinator } from "./groups/group-coordinator.ts";
import { serveConnection } from "./server/connection.ts";
import { openDataDir } from "./storage/data-dir.ts";
import { createMemoryStorage, type Storage } from "./storage/storage.ts";
import { TopicCatalog } from "./topics/topic-catalog.ts";

/** A running broker. */
export interface Broker extends AsyncDisposable {
  /** What a client needs: `["127.0.0.1:54321"]`. */
  readonly brokers: string[];
  readonly host: string;
  readonly port: number;
  /** Cuts all connections and stops. Does nothing the second time. */
  close(): Promise<void>;
}

/**
 * Starts a Kafka broker in this process, for development and tests. Resolves when clients can
 * connect.
 *
 * @throws {EmbeddedKafkaError} when an option is wrong, the port is taken, or the data directory is
 *   in use or cannot be used
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const resolved = resolveOptions(options);
  const { dataDir, fsync, logger } = resolved;
  const storage = dataDir
    ? openDataDir(dataDir, { syncs: fsync === "always", logger })
    : createMemoryStorage(randomBytes(16).toString("base64url"));
  try {
    return await serve(resolved, storage);
  } catch (cause) {
    storage.close();
    if (cause instanceof EmbeddedKafkaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedKafkaError(`Cannot open the broker's data: ${reason}`, {
      code: "storage",
      cause,
    });
  }
}

async function serve(options: ResolvedOptions, storage: Storage): Promise<Broker> {
  const { host, clock, logger, maxRequestBytes } = options;
  const topics = new TopicCatalog(storage, logger);
  const groups = new GroupCoordinator(clock, storage);
  // Of topics whose deletion was cut short by a kill: a new one of the name must start anew.
  for (const topic of new Set(storage.offsets.map((offset) => offset.topic))) {
    if (!topics.get(topic)) groups.forgetTopic(topic);
  }
  const broker = { ...options, topics, groups, storage };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(socket, { broker, maxRequestBytes, advertisedHost: advertised(host) });
  });
  let port: number;
  try {
    for (const { name, partitions } of options.topics) {
      const there = topics.get(name)?.partitions.length;
      if (there === undefined) topics.create(name, partitions);
      else if (there !== partitions) {
        logger.warn(`Topic '${name}' keeps its ${there} partitions: ${partitions} were asked for`);
      }
    }
    port = await listen(server, host, options.port);
    // One connection that could not be accepted must not end the process.
    server.on("error", ({ message }) => logger.error(`Cannot accept a connection: ${message}`));
  } catch (error) {
    topics.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= shut(server, sockets).then(() => {
      groups.close();
      topics.close();
      storage.close();
    });
    return closing;
  };
  return {
    brokers: [host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`],
    host,
    port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where clients are told to connect; undefined, when it listens everywhere, for where each did. */
function advertised(host: string): string | undefined {
  return host === "0.0.0.0" || host === "::" ? undefined : host;
}

/** Resolves with the port. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      const reason = isTaken ? "the port is in use" : cause.message;
      reject(
        new EmbeddedKafkaError(`Cannot listen on ${host}:${port}: ${reason}`, {
          code: isTaken ? "address_in_use" : "listen",
          cause,
        }),
      );
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Resolves when the port is free again and every connection has been told that it is closed. */
async function shut(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  // Not events.once(): a socket that breaks just now tells an error first, and would reject it.
  const closed = [server, ...sockets].map(
    (one) => new Promise<void>((resolve) => one.once("close", () => resolve())),
  );
  server.close();
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
}
