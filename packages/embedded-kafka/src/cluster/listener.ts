// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TlsOptions } from "node:tls";
import { configError } from "../config-error.ts";

export const saslMechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** How clients may prove who they are. */
export type SaslMechanism = (typeof saslMechanisms)[number];

/** Throws an EmbeddedKafkaError when one of them is none; `option` says whose they are. */
export function checkMechanisms(option: string, mechanisms: readonly SaslMechanism[]): void {
  const unknown = mechanisms.find((mechanism) => !saslMechanisms.includes(mechanism));
  if (unknown === undefined) return;
  const all = saslMechanisms.map((mechanism) => `"${mechanism}"`).join(", ");
  throw configError(`${option} must be of ${all}: current value is "${unknown}"`);
}

/** One way to reach every broker, with its defaults filled in. */
export interface Listener {
  /** Tells it from the others; clients never see it. */
  readonly name: string;
  /** Address to listen on. */
  readonly host: string;
  /** Port of the first broker; 0 for free ports. */
  readonly port: number;
  /** What clients are told; undefined for where they reached the broker, or for `host`. */
  readonly advertisedHost: string | undefined;
  /** What clients of the first broker are told; undefined for the port that is listened on. */
  readonly advertisedPort: number | undefined;
  /** Encrypts connections when it is set. */
  readonly tls: TlsOptions | undefined;
  /** How clients prove who they are; empty when everybody is let in. */
  readonly saslMechanisms: readonly SaslMechanism[];
}

/** Where a node is reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** As clients take it: `host:port`. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether it stands for all addresses of the machine, so that none can be told to clients. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Port of a broker when the first one's is `first`; 0 for a free one stays 0. */
export function portOf(first: number, brokerId: number, listenerCount: number): number {
  return first === 0 ? 0 : first + brokerId * listenerCount;
}
