// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as wait } from "node:timers/promises";
import type { RawClient } from "../raw-client.testing.ts";

const timeoutMs = 10_000;

/** Makes a topic of one partition, and resolves when its leader answers. */
export async function createTopic(
  client: RawClient,
  name: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const set = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: set };
  await client.call("createTopics", 5, { topics: [topic], timeoutMs, validateOnly: false });
  const partitions = [{ index: 0, currentLeaderEpoch: -1, timestamp: -1n }];
  const asked = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] };
  for (const end = performance.now() + timeoutMs; ; await wait(20)) {
    const { topics } = await client.call("listOffsets", 5, asked);
    const errorCode = topics[0]?.partitions[0]?.errorCode;
    if (errorCode === 0) return;
    if (performance.now() > end) throw new Error(`No leader of '${name}': ${errorCode}`);
  }
}
