// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";

const kinds = ["kafka", "postgres", "mongo", "redis", "s3"] as const;

/** What tests need to start the servers below: `describeWith` tells when one is not installed. */
export const serverVariables = [
  "KAFKA_ADDRS",
  "POSTGRES_URL",
  "MONGO_URL",
  "REDIS_ADDR",
  "MINIO_ENDPOINT",
] as const;

/** Servers of one test's own, which it may kill. */
export interface OwnServers extends Readonly<Record<(typeof kinds)[number], Server>> {
  /** Where they are, under the names that the services read. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts everything that the lab needs. */
export async function startOwnServers(): Promise<OwnServers> {
  const started = await Promise.all(kinds.map((kind) => startServer(kind)));
  const { KAFKA_ADDRS = "", ...env }: Record<string, string> = Object.assign(
    {},
    ...started.map((server) => server.env),
  );
  const byKind = Object.fromEntries(started.map((server, i) => [kinds[i], server]));
  return {
    ...(byKind as Record<(typeof kinds)[number], Server>),
    env: { ...env, KAFKA_PRODUCER_ADDRS: KAFKA_ADDRS, KAFKA_CONSUMER_ADDRS: KAFKA_ADDRS },
    stop: async () => void (await Promise.all(started.map((server) => server.remove()))),
  };
}
