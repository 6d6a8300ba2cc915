// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { StoppedBroker } from "../src/faults/broker-faults.ts";
import { startBroker } from "../src/start-broker.ts";
import { certificate } from "./certificate.ts";
import { differenceOf } from "./differences.ts";
import { type Lab, user } from "./lab.ts";

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** The broker of this package, in this process. */
export const embeddedLab: Lab = {
  name: "the embedded broker",
  has: (difference) => differenceOf(difference).embedded,
  async start({ brokers = 1, isSecured = false } = {}) {
    const tls = isSecured ? await certificate() : {};
    const broker = await startBroker({
      brokers,
      minSessionTimeoutMs: 100,
      consumerSessionTimeoutMs: 3_000,
      consumerHeartbeatIntervalMs: 100,
      retentionCheckMs: 200,
      logger: { debug() {}, info() {}, warn() {}, error: console.error },
      ...(isSecured && {
        users: [{ name: user.username, password: user.password }],
        listeners: [
          { name: "PLAINTEXT" },
          { name: "SSL", tls },
          { name: "SASL_PLAINTEXT", sasl: mechanisms },
          { name: "SASL_SSL", tls, sasl: mechanisms },
        ],
      }),
    });
    const stopped = new Map<number, StoppedBroker>();
    return {
      addresses: broker.brokers,
      addressesOf: (protocol) => broker.addresses(protocol),
      kill: async (nodeId) => void stopped.set(nodeId, await broker.faults.stop(nodeId)),
      restart: async (nodeId) => stopped.get(nodeId)?.restart(),
      [Symbol.asyncDispose]: () => broker.close(),
    };
  },
};
