// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { KafkaOptions } from "./kinds/kafka.ts";
import { findPort } from "./ports.ts";
import type { Server } from "./server.ts";
import { startServer } from "./start-server.ts";

export interface KafkaClusterOptions extends Omit<KafkaOptions, "port" | "member"> {
  /** How many; their ids are 0, 1, 2 and so on. Default: 3. */
  readonly brokers?: number;
  /**
   * The first broker's plaintext port. Its other listeners follow in their order, then the next
   * broker's: from 9092 with SSL and SASL_SSL, the second broker's plaintext port is 9095. Default:
   * free ones.
   */
  readonly firstPort?: number;
}

/** Brokers of one cluster: each is a server of its own, which can be killed and started again. */
export interface KafkaCluster extends AsyncDisposable {
  /** By their ids. */
  readonly brokers: readonly Server[];
  /** Kills all and removes what they stored, unless their folder was named by the caller. */
  remove(): Promise<void>;
}

/**
 * Starts Apache Kafka as several brokers, each of which is a controller too. Topics of one's own
 * have as many replicas as they ask for; Kafka's have three.
 *
 * @throws Error when one of them does not start; then none is left.
 */
export async function startKafkaCluster(options: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 3, firstPort, folder, ...shared } = options;
  const { listeners = [] } = shared;
  const controllerPorts = new Map<number, number>();
  for (let nodeId = 0; nodeId < count; nodeId++) controllerPorts.set(nodeId, await findPort());
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, nodeId) => {
      const portAt = (index: number) =>
        firstPort === undefined ? undefined : firstPort + nodeId * (listeners.length + 1) + index;
      const port = portAt(0);
      return startServer("kafka", {
        ...shared,
        ...(port !== undefined && { port }),
        listeners: listeners.map(({ protocol }, at) => ({ protocol, port: portAt(at + 1) })),
        ...(folder && { folder: join(folder, `${nodeId}`) }),
        member: { nodeId, controllerPorts },
      });
    }),
  );
  const brokers = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const remove = async () => {
    await Promise.all(brokers.map((broker) => broker.remove()));
  };
  const failed = starts.find((start) => start.status === "rejected");
  if (failed) {
    await remove();
    throw failed.reason;
  }
  return { brokers, remove, [Symbol.asyncDispose]: remove };
}
