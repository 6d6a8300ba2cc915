// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrokerOptions } from "../src/broker-options.ts";
import { startBroker } from "../src/start-broker.ts";
import { certificate } from "./certificate.ts";
import { differenceOf } from "./differences.ts";
import { type ClusterOptions, type Lab, type LabCluster, user } from "./lab.ts";

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** The broker of this package, in this process. */
export const embeddedLab: Lab = {
  name: "the embedded broker",
  has: (difference) => differenceOf(difference).embedded,
  start: (options = {}) => (options.isDurable ? startDurable() : startInMemory(options)),
};

const shared: BrokerOptions = {
  minSessionTimeoutMs: 100,
  consumerSessionTimeoutMs: 3_000,
  consumerHeartbeatIntervalMs: 100,
  retentionCheckMs: 200,
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
};

/** Several brokers, or one, of which each can be stopped with all that it holds. */
async function startInMemory({ brokers = 1, isSecured }: ClusterOptions): Promise<LabCluster> {
  const broker = await startBroker({ ...shared, brokers, ...(isSecured && (await secured())) });
  const restarts = new Map<number, () => Promise<void>>();
  return {
    addresses: broker.brokers,
    addressesOf: (protocol) => broker.addresses(protocol),
    async kill(nodeId) {
      const stopped = await broker.faults.stop(nodeId);
      restarts.set(nodeId, () => stopped.restart());
    },
    restart: async (nodeId) => restarts.get(nodeId)?.(),
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

async function secured(): Promise<BrokerOptions> {
  const tls = await certificate();
  return {
    users: [{ name: user.username, password: user.password }],
    listeners: [
      { name: "PLAINTEXT" },
      { name: "SSL", tls },
      { name: "SASL_PLAINTEXT", sasl: mechanisms },
      { name: "SASL_SSL", tls, sasl: mechanisms },
    ],
  };
}

/** One broker whose process is as good as new when it is started again. */
async function startDurable(): Promise<LabCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  let broker = await startBroker({ ...shared, dataDir });
  const { brokers, port } = broker;
  return {
    addresses: brokers,
    addressesOf: () => brokers,
    kill: () => broker.close(),
    async restart() {
      broker = await startBroker({ ...shared, dataDir, port });
    },
    async [Symbol.asyncDispose]() {
      await broker.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}
