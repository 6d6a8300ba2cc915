// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Assignment, Assignor, Subscriber } from "./assignor.ts";
import { partitionKey, partitionOf } from "./partition-key.ts";

/**
 * Gives each member one range of every topic, so that topics with as many partitions as each other
 * and with the same subscribers are divided alike: what has the same key in both comes to the same
 * member. Members keep their order, so that a new one moves as little as ranges allow.
 */
export const assignRanges: Assignor = (subscribers, topics) => {
  const ordered = [...subscribers].sort(byFirstPartition);
  const assignment: Assignment = new Map(ordered.map(({ id }) => [id, new Set()]));
  for (const [topicId, count] of topics) {
    const members = ordered.filter(({ topicIds }) => topicIds.has(topicId));
    for (const [at, { id }] of members.entries()) {
      const end = rangeStart(count, members.length, at + 1);
      for (let from = rangeStart(count, members.length, at); from < end; from++) {
        assignment.get(id)?.add(partitionKey(topicId, from));
      }
    }
  }
  return assignment;
};

/** Where the range of a member begins: the first members have one partition more than the last. */
function rangeStart(count: number, members: number, at: number): number {
  return at * Math.floor(count / members) + Math.min(at, count % members);
}

function byFirstPartition(a: Subscriber, b: Subscriber): number {
  const first = ({ target }: Subscriber) => {
    let least = Number.MAX_SAFE_INTEGER;
    for (const key of target) least = Math.min(least, partitionOf(key));
    return least;
  };
  return first(a) - first(b) || (a.id < b.id ? -1 : 1);
}
