// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Topic } from "../topics/topic.ts";
import { topicOperations } from "./authorized-operations.ts";
import { describePartition } from "./describe-partition.ts";
import type { Handler } from "./handler.ts";

/** Kafka's max.request.partition.size.limit. */
const maxPartitions = 2000;

/** Tells the partitions of topics in the order of the names, page by page. */
export const describeTopicPartitions: Handler<"describeTopicPartitions"> = (request, context) => {
  const { topics } = context.cluster;
  const names = namesOf(request, context.cluster);
  if (!names) {
    const errorCode = errorCodes.INVALID_REQUEST;
    const wanted = request.topics.map(({ name }) => name);
    const failed = wanted.map((name) => ({ errorCode, name, topicId: noId, partitions: [] }));
    return { topics: failed, nextCursor: null };
  }
  const { cursor } = request;
  let left = Math.max(1, Math.min(maxPartitions, request.responsePartitionLimit));
  const described = [];
  for (const name of names) {
    const topic = topics.get(name);
    if (left === 0) {
      return { topics: described, nextCursor: { topicName: name, partitionIndex: 0 } };
    }
    const first = cursor?.topicName === name ? cursor.partitionIndex : 0;
    const page = topic ? describe(topic, first, left, context.cluster) : [];
    described.push({
      errorCode: topic ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      name,
      topicId: topic?.idBytes ?? noId,
      partitions: page,
      topicAuthorizedOperations: topicOperations,
    });
    const next = first + page.length;
    if (topic && next < topic.partitions.length) {
      return { topics: described, nextCursor: { topicName: name, partitionIndex: next } };
    }
    left -= page.length;
  }
  return { topics: described, nextCursor: null };
};

const noId = Buffer.alloc(16);

/** Names from the cursor on; undefined when the cursor is none of the request. */
function namesOf(request: RequestOf<"describeTopicPartitions">, { topics }: Cluster) {
  const { cursor } = request;
  const asked = request.topics.map(({ name }) => name);
  const wantsAll = asked.length === 0;
  const all = wantsAll ? [...topics.topics].map(({ name }) => name) : asked;
  const names = [...new Set(all)].sort();
  if (!cursor) return names;
  const { topicName, partitionIndex } = cursor;
  if (partitionIndex < 0 || (!wantsAll && !names.includes(topicName))) return undefined;
  return names.filter((name) => name >= topicName);
}

function describe(topic: Topic, first: number, count: number, cluster: Cluster) {
  const { partitions, minInSyncReplicas } = topic;
  return partitions.slice(first, first + count).map((partition, at) => {
    const described = describePartition(partition, first + at, cluster);
    const { replicaNodes, isrNodes, offlineReplicas, leaderId } = described;
    // They have all that was acknowledged, as nothing was since they were stopped (KIP-966).
    const isBelow = isrNodes.length < Math.min(minInSyncReplicas, replicaNodes.length);
    const eligibleLeaderReplicas = isBelow ? offlineReplicas : [];
    return {
      ...described,
      errorCode: errorCodes.NONE, // Also of one that nobody leads.
      eligibleLeaderReplicas,
      lastKnownElr: leaderId === -1 ? eligibleLeaderReplicas : [],
    };
  });
}
