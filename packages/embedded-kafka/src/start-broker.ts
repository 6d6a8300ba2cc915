// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import type { BrokerOptions } from "./broker-options.ts";
import { Cluster } from "./cluster/cluster.ts";
import { formatAddress, type Listener } from "./cluster/listener.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { type BrokerFaults, createFaults } from "./faults/broker-faults.ts";
import { type BrokerSnapshot, inspect } from "./inspect.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";
import { openDataDir } from "./storage/data-dir.ts";
import { createMemoryStorage } from "./storage/storage.ts";

/** A running broker, or several. */
export interface Broker extends AsyncDisposable {
  /** What a client needs: `["127.0.0.1:54321"]`, one address a broker, of the first listener. */
  readonly brokers: string[];
  /** Address of the first broker on the first listener. */
  readonly host: string;
  readonly port: number;
  /**
   * What a client of a listener needs.
   *
   * @throws {EmbeddedKafkaError} when there is none of that name
   */
  addresses(listener: string): string[];
  /** What can go wrong with a broker, at will. */
  readonly faults: BrokerFaults;
  /** What the broker knows at this moment, for assertions. */
  inspect(): BrokerSnapshot;
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
  let cluster: Cluster | undefined;
  try {
    cluster = new Cluster(resolved, storage);
    makeTopics(cluster, resolved);
    await cluster.start();
    return handleOf(cluster);
  } catch (cause) {
    if (cluster) await cluster.close();
    else storage.close();
    if (cause instanceof EmbeddedKafkaError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedKafkaError(`Cannot open the broker's data: ${reason}`, {
      code: "storage",
      cause,
    });
  }
}

function makeTopics({ topics, logger }: Cluster, options: ResolvedOptions): void {
  for (const topic of options.topics) {
    const { name, partitions } = topic;
    const there = topics.get(name)?.partitions.length;
    if (there === undefined) topics.create(topic);
    else if (there !== partitions) {
      logger.warn(`Topic '${name}' keeps its ${there} partitions: ${partitions} were asked for`);
    }
  }
}

function handleOf(cluster: Cluster): Broker {
  const { nodes } = cluster;
  const { listeners } = cluster.options;
  const [first] = listeners as [Listener];
  const [node] = nodes as [(typeof nodes)[number]];
  const addressesOf = (listener: Listener) =>
    nodes.map((each) => formatAddress(each.address(listener)));
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= cluster.close();
    return closing;
  };
  return {
    brokers: addressesOf(first),
    ...node.address(first),
    addresses(name) {
      const listener = listeners.find((each) => each.name === name);
      if (listener) return addressesOf(listener);
      const names = listeners.map((each) => `'${each.name}'`).join(", ");
      throw new EmbeddedKafkaError(
        `Cannot tell the addresses of '${name}': listeners are ${names}`,
        {
          code: "config",
        },
      );
    },
    faults: createFaults(cluster),
    inspect: () => inspect(cluster),
    close,
    [Symbol.asyncDispose]: close,
  };
}
