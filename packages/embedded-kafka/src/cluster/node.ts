// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Clock } from "../clock.ts";
import { configError } from "../config-error.ts";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";
import { FetchSessions } from "../fetch/fetch-sessions.ts";
import type { Logger } from "../logger.ts";
import { type Address, formatAddress, isWildcard, type Listener, portOf } from "./listener.ts";

/** Options of {@link Node}. */
export interface NodeOptions {
  readonly id: number;
  readonly listeners: readonly Listener[];
  /** Connections at once; those beyond are closed when they come. */
  readonly maxConnections: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Serves a connection until it closes. */
  readonly serve: (socket: Socket, node: Node, listener: Listener) => void;
}

/** One broker of the cluster: a server for each listener, and the connections to them. */
export class Node {
  readonly id: number;
  readonly #options: NodeOptions;
  /** Ports by listener, which stay the same when the node is stopped and started. */
  readonly #ports = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  #fetchSessions: FetchSessions;
  #servers: Server[] = [];
  #isRunning = true;

  constructor(options: NodeOptions) {
    this.id = options.id;
    this.#options = options;
    this.#fetchSessions = new FetchSessions(options.clock);
  }

  /** Whether it takes part: from the beginning, as all nodes start together, until it is stopped. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What clients fetch from it (KIP-227), since it was started. */
  get fetchSessions(): FetchSessions {
    return this.#fetchSessions;
  }

  /** The open connections, before TLS. */
  get sockets(): ReadonlySet<Socket> {
    return this.#sockets;
  }

  /**
   * Where clients of a listener reach it, also while it is stopped.
   *
   * @param reachedAt the local address of the client's own connection, told where the listener
   *   stands for all addresses
   */
  address(listener: Listener, reachedAt?: string): Address {
    const { host, advertisedHost, advertisedPort } = listener;
    const own = isWildcard(host) ? (reachedAt ?? "127.0.0.1") : host;
    const isTold = advertisedPort !== undefined;
    return {
      host: advertisedHost ?? own,
      port: isTold
        ? portOf(advertisedPort, this.id, this.#options.listeners.length)
        : this.#port(listener),
    };
  }

  /** Listens on every listener, or on none: then it throws an EmbeddedKafkaError. */
  async start(): Promise<void> {
    if (this.#servers.length > 0) return;
    try {
      for (const listener of this.#options.listeners) await this.#listen(listener);
      this.#isRunning = true;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Frees the ports and cuts all connections. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.fetchSessions.clear();
    // Not events.once(): a socket that breaks just now tells an error first, and would reject it.
    const closed = [...this.#servers, ...this.#sockets].map(
      (one) => new Promise<void>((resolve) => one.once("close", () => resolve())),
    );
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#servers = [];
    this.#fetchSessions = new FetchSessions(this.#options.clock);
    await Promise.all(closed);
  }

  async #listen(listener: Listener): Promise<void> {
    const { logger, serve } = this.#options;
    const accept = (socket: Socket) => {
      // From the first moment on, as an error that nobody hears ends the process.
      socket.on("error", (error) => {
        logger.debug(`Lost a connection to ${listener.name}`, { error: error.message });
      });
      serve(socket, this, listener);
    };
    const server = createListener(listener, accept);
    // Before TLS is spoken, as a client may never speak it.
    server.prependListener("connection", (socket: Socket) => this.#admit(socket));
    server.on("tlsClientError", (error: NodeJS.ErrnoException) => {
      // A client that goes is no fault of it; so does one that was cut.
      const level = error.code === "ECONNRESET" ? "debug" : "warn";
      logger[level](`Closed a connection to ${listener.name}: its client does not do TLS`, {
        error: error.message,
      });
    });
    const bound = await listen(server, listener.host, this.#port(listener));
    this.#ports.set(listener.name, bound);
    this.#servers.push(server);
    // One connection that could not be accepted must not end the process.
    server.on("error", ({ message }) => logger.error(`Cannot accept a connection: ${message}`));
  }

  /** The port that it has, or had, on a listener, or is to have. */
  #port({ name, port }: Listener): number {
    return this.#ports.get(name) ?? portOf(port, this.id, this.#options.listeners.length);
  }

  #admit(socket: Socket): void {
    const { maxConnections, logger } = this.#options;
    if (this.#sockets.size >= maxConnections) {
      logger.warn(
        `Closed a connection from ${socket.remoteAddress}: there are ${maxConnections} already`,
      );
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

function createListener({ name, tls }: Listener, accept: (socket: Socket) => void): Server {
  if (!tls) return createServer(accept);
  try {
    return createTlsServer(tls, accept);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw configError(`'tls' of listener ${name} cannot be used: ${reason}`, cause);
  }
}

/** Resolves with the port. */
function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      const reason = isTaken ? "the port is in use" : cause.message;
      reject(
        new EmbeddedKafkaError(`Cannot listen on ${formatAddress({ host, port })}: ${reason}`, {
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
