// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Admin } from "kafkajs";
import type { PartitionProgress } from "../driver.ts";
import { toKafkakitError } from "./errors.ts";

/** Connects, asks and disconnects: between two looks there is nothing that could go stale. */
export async function fetchProgress(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<PartitionProgress[]> {
  try {
    await admin.connect();
    // Ends last, so that none is behind what is committed.
    const committed = await committedOffsets(admin, groupId, topics);
    const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    return topics.flatMap((topic, index) =>
      (ends[index] ?? []).map(({ partition, low, high }) => ({
        topic,
        partition,
        start: BigInt(low),
        end: BigInt(high),
        committed: committed.get(`${partition}:${topic}`),
      })),
    );
  } catch (reason) {
    throw toKafkakitError(reason, `look how far group '${groupId}' has come`);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function committedOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<Map<string, bigint>> {
  const found = await admin.fetchOffsets({ groupId, topics: [...topics] });
  const offsets = new Map<string, bigint>();
  for (const { topic, partitions } of found) {
    for (const { partition, offset } of partitions) {
      // -1 is none.
      if (!offset.startsWith("-")) offsets.set(`${partition}:${topic}`, BigInt(offset));
    }
  }
  return offsets;
}
