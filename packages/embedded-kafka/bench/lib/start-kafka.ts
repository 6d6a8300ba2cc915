// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startServer } from "@labwire/servers";
import type { BenchBroker } from "./bench-broker.ts";

/** Options of {@link startKafka}. */
export interface KafkaOptions {
  /**
   * Whether it compiles as well as Java can, as under its own start script, which is slower to start
   * and takes more memory. Default false: what starts fastest.
   */
  readonly optimizes?: boolean;
}

/** Starts Apache Kafka 4.3.1, with its data on disk. */
export async function startKafka({ optimizes = false }: KafkaOptions = {}): Promise<BenchBroker> {
  // Options of this variable come after those of the command line, and so win.
  if (optimizes) process.env._JAVA_OPTIONS = "-XX:TieredStopAtLevel=4";
  try {
    const server = await startServer("kafka");
    return {
      name: "kafka",
      port: server.port,
      get pid() {
        return server.pid;
      },
      start: () => server.start(),
      stop: () => server.stop(),
      kill: () => server.kill(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } finally {
    delete process.env._JAVA_OPTIONS;
  }
}
