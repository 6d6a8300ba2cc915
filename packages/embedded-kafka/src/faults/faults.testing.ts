// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Kafka, type KafkaConfig, logLevel } from "kafkajs";
import type { BrokerOptions } from "../broker-options.ts";
import type { Logger } from "../logger.ts";
import { startBroker } from "../start-broker.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A broker that says nothing of the connections that a fault closes, with topic t. */
export function startQuietBroker(options: BrokerOptions = {}) {
  return startBroker({ logger: silent, topics: [{ name: "t" }], ...options });
}

/** A kafkajs client that tries again soon, and often enough for what the tests do to it. */
export function createPatientClient(brokers: string[], config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers,
    clientId: "patient",
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 10, maxRetryTime: 50 },
    ...config,
  });
}
