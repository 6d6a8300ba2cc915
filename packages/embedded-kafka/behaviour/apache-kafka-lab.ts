// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startKafkaCluster } from "@labwire/servers";
import { certificate } from "./certificate.ts";
import { differenceOf } from "./differences.ts";
import { type Lab, type Protocol, user } from "./lab.ts";

const securedProtocols = ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] as const;

/** Waits shorter than a production wants them: the suite asks for what comes after. */
const properties = {
  "num.partitions": "1",
  "group.min.session.timeout.ms": "100",
  "group.consumer.min.session.timeout.ms": "100",
  "group.consumer.min.heartbeat.interval.ms": "10",
  "group.consumer.heartbeat.interval.ms": "100",
  "group.consumer.session.timeout.ms": "3000",
  "group.consumer.assignment.interval.ms": "0",
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": "100",
  "log.retention.check.interval.ms": "200",
  "log.cleaner.backoff.ms": "200",
};

/** For a broker that nobody kills: on a busy machine it must not be taken for dead, and forget groups. */
const neverGivenUp = { "broker.session.timeout.ms": "60000" };

/**
 * Apache Kafka of one version, each broker in a process of its own.
 *
 * @param more properties beside those of the suite
 */
export function apacheKafkaLab(
  version: "4.3.1" | "3.9.2",
  more: Readonly<Record<string, string>> = {},
): Lab {
  return {
    name: `Apache Kafka ${version}`,
    has: (difference) => differenceOf(difference).kafka.includes(version),
    async start({ brokers = 1, isSecured = false, isDurable = false } = {}) {
      const cluster = await startKafkaCluster({
        version,
        brokers,
        properties: { ...properties, ...(brokers === 1 && !isDurable && neverGivenUp), ...more },
        ...(isSecured && {
          listeners: securedProtocols.map((protocol) => ({ protocol })),
          users: [user],
          tls: await certificate(),
        }),
      });
      const addressesOf = (protocol: Protocol) => {
        const at = ["PLAINTEXT", ...securedProtocols].indexOf(protocol);
        return cluster.brokers.map(({ ports }) => `127.0.0.1:${ports[at]}`);
      };
      return {
        addresses: addressesOf("PLAINTEXT"),
        addressesOf,
        kill: async (nodeId) => cluster.brokers[nodeId]?.kill(),
        restart: async (nodeId) => cluster.brokers[nodeId]?.start(),
        [Symbol.asyncDispose]: () => cluster.remove(),
      };
    },
  };
}
