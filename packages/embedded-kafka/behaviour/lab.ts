// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Difference } from "./differences.ts";

/** How a client may reach a broker. */
export type Protocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** What a cluster is started with. */
export interface ClusterOptions {
  /** How many brokers; their ids are 0, 1, 2. Default: 1. */
  brokers?: number;
  /** Whether it also listens with TLS, SASL and both. Default: false. */
  isSecured?: boolean;
  /** Whether its only broker loses what it has in memory when it is killed. Default: false. */
  isDurable?: boolean;
}

/** A cluster that runs. */
export interface LabCluster extends AsyncDisposable {
  /** Where its brokers listen without TLS and SASL, by their ids. */
  readonly addresses: string[];
  /** Where they listen otherwise, if it is secured. */
  addressesOf(protocol: Protocol): string[];
  /** Ends a broker as a crash does; its data stays. */
  kill(nodeId: number): Promise<void>;
  /** Starts a broker again that was killed, at its old address. */
  restart(nodeId: number): Promise<void>;
}

/** A kind of broker that the suite runs on: the one port between it and what it tests. */
export interface Lab {
  /** For titles: "the embedded broker" or "Apache Kafka 4.3.1". */
  readonly name: string;
  /** Where it behaves as the other does not, on purpose or by its age. */
  has(difference: Difference): boolean;
  start(options?: ClusterOptions): Promise<LabCluster>;
}

/** Who may log in to a secured cluster, by PLAIN and SCRAM. */
export const user = { username: "app", password: "app-secret" };
