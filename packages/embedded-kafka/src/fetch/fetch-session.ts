// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { FetchPartition, type FetchTopic, keyOf } from "./fetch-partition.ts";

type Request = RequestOf<"fetch">;

/** The first version in which topics have ids (KIP-516). */
const topicIdVersion = 13;

/** Whether the requests of a version name topics by their ids. */
export function usesTopicIds(version: number): boolean {
  return version >= topicIdVersion;
}

/** The partitions that a client fetches, by topic and number, in the order in which it is served. */
export type FetchPartitions = Map<string, FetchPartition>;

/** Adds the partitions of a request to others. */
export function takePartitions(
  partitions: FetchPartitions,
  { topics }: Pick<Request, "topics">,
  version: number,
): void {
  for (const { name, topicId, partitions: wanted } of topics) {
    const topic = topicOf(name, topicId, version);
    for (const one of wanted) {
      const key = keyOf(topic, one.index);
      const known = partitions.get(key);
      if (known) known.update(one);
      else partitions.set(key, new FetchPartition(topic, one));
    }
  }
}

/** Removes the partitions that a request of a session forgets. */
export function forgetPartitions(
  partitions: FetchPartitions,
  { forgottenTopics }: Pick<Request, "forgottenTopics">,
  version: number,
): void {
  for (const { name, topicId, partitions: indexes } of forgottenTopics) {
    const topic = topicOf(name, topicId, version);
    for (const index of indexes) partitions.delete(keyOf(topic, index));
  }
}

function topicOf(name: string, topicId: Buffer, version: number): FetchTopic {
  if (!usesTopicIds(version)) return { name, id: undefined, idBytes: noId };
  // A session outlives the frame, of which the bytes are a part.
  return { name: "", id: topicId.toString("base64url"), idBytes: Buffer.from(topicId) };
}

const noId = Buffer.alloc(16);

/** What a client fetches again and again, so that it need only say what has changed (KIP-227). */
export interface FetchSession {
  readonly id: number;
  /** The epoch of its next request. */
  epoch: number;
  readonly usesTopicIds: boolean;
  readonly partitions: FetchPartitions;
  readonly createdMs: number;
  lastUsedMs: number;
}

/** The epoch after one; the largest is followed by the first. */
export function nextEpoch(epoch: number): number {
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}
