// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export { toolPath } from "./install/tool-path.ts";
export { type KafkaCluster, type KafkaClusterOptions, startKafkaCluster } from "./kafka-cluster.ts";
export type { ServerName, ServerOptions } from "./kinds.ts";
export type { Server, StartOptions } from "./server.ts";
export { startServer } from "./start-server.ts";
