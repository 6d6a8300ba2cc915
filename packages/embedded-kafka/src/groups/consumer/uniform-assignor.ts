// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Assignment, Assignor, Subscriber } from "./assignor.ts";
import { type PartitionKey, partitionKey, topicIdOf } from "./partition-key.ts";

/**
 * Evens out how many partitions members have, and leaves partitions where they are as far as that
 * goes. It ends when no partition could go to a member that has two fewer than its owner.
 */
export const assignUniformly: Assignor = (subscribers, topics) => {
  const assignment: Assignment = new Map(subscribers.map(({ id }) => [id, new Set()]));
  const owners = keepTargets(subscribers, assignment);
  const byTopic = subscribersByTopic(subscribers);
  const size = (id: string) => assignment.get(id)?.size ?? 0;
  const give = (key: PartitionKey, id: string) => {
    assignment.get(owners.get(key) ?? "")?.delete(key);
    assignment.get(id)?.add(key);
    owners.set(key, id);
  };
  const leastLoaded = (ids: readonly string[]) =>
    ids.reduce((least, id) => (size(id) < size(least) ? id : least));
  for (const [topicId, ids] of byTopic) {
    for (let partition = 0; partition < (topics.get(topicId) ?? 0); partition++) {
      const key = partitionKey(topicId, partition);
      if (!owners.has(key)) give(key, leastLoaded(ids));
    }
  }
  // Each move brings sizes closer together, so that this ends.
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const [key, owner] of [...owners].reverse()) {
      const least = leastLoaded(byTopic.get(topicIdOf(key)) ?? [owner]);
      if (size(least) + 1 >= size(owner)) continue;
      give(key, least);
      hasMoved = true;
    }
  }
  return assignment;
};

/** Leaves members what they have of topics to which they still subscribe. Returns who has what. */
function keepTargets(
  subscribers: readonly Subscriber[],
  assignment: Assignment,
): Map<PartitionKey, string> {
  const owners = new Map<PartitionKey, string>();
  for (const { id, topicIds, target } of subscribers) {
    for (const key of target) {
      if (!topicIds.has(topicIdOf(key)) || owners.has(key)) continue;
      assignment.get(id)?.add(key);
      owners.set(key, id);
    }
  }
  return owners;
}

function subscribersByTopic(subscribers: readonly Subscriber[]): Map<string, string[]> {
  const byTopic = new Map<string, string[]>();
  for (const { id, topicIds } of subscribers) {
    for (const topicId of topicIds) byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), id]);
  }
  return byTopic;
}
