// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { KafkajsOptions } from "./kafkajs/kafkajs-driver.ts";
export { kafkajs } from "./kafkajs/kafkajs-driver.ts";
export type { Acks } from "./kafkajs/kafkajs-producer.ts";
