// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "./clock.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { GroupCoordinator } from "./groups/group-coordinator.ts";
import type { BrokerState } from "./handlers/handler.ts";
import { maxPartitions } from "./handlers/topics.ts";
import { consoleLogger, type Logger } from "./logger.ts";
import { serveConnection } from "./server/connection.ts";
import { createMemoryStorage } from "./storage/storage.ts";
import { isTopicName, TopicCatalog } from "./topics/topic-catalog.ts";

/** A topic to make at the start. */
export interface TopicOptions {
  /** Its name: letters, digits, `.`, `_` and `-`. */
  name: string;
  /** Number of partitions. Default: `defaultPartitions`. */
  partitions?: number;
}

/** Options of {@link startBroker}. */
export interface BrokerOptions {
  /**
   * Address to listen on. Default "127.0.0.1": there is neither encryption nor authentication, so
   * nobody else should reach it. Clients are told the same address; for "0.0.0.0" and "::" they are
   * told the one at which they reached the broker.
   */
  host?: string;
  /** Port to listen on. Default 0: any free one. */
  port?: number;
  /** Topics that are made unless they exist. Default: none. */
  topics?: readonly TopicOptions[];
  /** Partitions of a topic for which no number is given. Default 1, as on Kafka. */
  defaultPartitions?: number;
  /** Whether a topic comes into being when a client first asks for it. Default true, as on Kafka. */
  autoCreateTopics?: boolean;
  /**
   * Shortest session timeout that a group's member may ask for, in milliseconds. Default 6000, as
   * on Kafka: lower it in tests of members that die.
   */
  minSessionTimeoutMs?: number;
  /** Largest request, in bytes; a larger one closes its connection. Default 104857600, as on Kafka. */
  maxRequestBytes?: number;
  /** Where events go. Default: warnings and errors to the standard error stream. */
  logger?: Logger;
  /** Timers, for tests. Default: those of the machine. */
  clock?: Clock;
}

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
 * @throws {EmbeddedKafkaError} when an option is wrong or the port is taken
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const {
    host = "127.0.0.1",
    port = 0,
    topics = [],
    defaultPartitions = 1,
    autoCreateTopics = true,
    minSessionTimeoutMs = 6000,
    maxRequestBytes = 100 * 1024 * 1024,
    logger = consoleLogger,
    clock = systemClock,
  } = options;
  checkInteger("port", port, 0, 65_535);
  checkInteger("defaultPartitions", defaultPartitions, 1, maxPartitions);
  checkInteger("minSessionTimeoutMs", minSessionTimeoutMs, 1, 0x7fffffff);
  checkInteger("maxRequestBytes", maxRequestBytes, 1024, 0x7fffffff);
  for (const { name, partitions = defaultPartitions } of topics) {
    if (!isTopicName(name)) throw configError(`'${name}' cannot be the name of a topic`);
    checkInteger(`partitions of ${name}`, partitions, 1, maxPartitions);
  }

  const storage = createMemoryStorage(randomBytes(16).toString("base64url"));
  const catalog = new TopicCatalog(storage, logger);
  const groups = new GroupCoordinator(clock, storage);
  for (const { name, partitions = defaultPartitions } of topics) {
    if (!catalog.get(name)) catalog.create(name, partitions);
  }
  const broker: BrokerState = {
    topics: catalog,
    groups,
    storage,
    clock,
    logger,
    autoCreateTopics,
    defaultPartitions,
    minSessionTimeoutMs,
  };

  const sockets = new Set<Socket>();
  const advertisedHost = host === "0.0.0.0" || host === "::" ? undefined : host;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(socket, { broker, maxRequestBytes, advertisedHost });
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      groups.close();
      catalog.close();
      storage.close();
    });
    return closing;
  };
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    brokers: [host.includes(":") ? `[${host}]:${bound}` : `${host}:${bound}`],
    host,
    port: bound,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      const reason = isTaken ? "the port is in use" : cause.message;
      reject(
        new EmbeddedKafkaError(`Cannot listen on ${host}:${port}: ${reason}`, {
          code: isTaken ? "address_in_use" : "listen",
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function checkInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw configError(
    `'${name}' must be an integer from ${from} to ${to}: current value is ${value}`,
  );
}

function configError(reason: string): EmbeddedKafkaError {
  return new EmbeddedKafkaError(`Cannot start the broker as ${reason}`, { code: "config" });
}
