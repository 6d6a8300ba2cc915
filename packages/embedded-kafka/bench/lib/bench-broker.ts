// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A broker in a process of its own, ours or Apache Kafka, on 127.0.0.1. */
export interface BenchBroker extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Of its present process. */
  readonly pid: number | undefined;
  /** Starts it again, with its data. Resolves when it says that it is ready. */
  start(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
}

/** Both brokers, ours first. */
export const sides = ["embedded", "kafka"] as const;
