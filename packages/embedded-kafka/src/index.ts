// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { BrokerOptions, TopicOptions } from "./broker-options.ts";
export type { Clock } from "./clock.ts";
export type {
  EmbeddedKafkaErrorCode,
  EmbeddedKafkaErrorOptions,
} from "./embedded-kafka-error.ts";
export { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
export type { Logger } from "./logger.ts";
export type { Broker } from "./start-broker.ts";
export { startBroker } from "./start-broker.ts";
