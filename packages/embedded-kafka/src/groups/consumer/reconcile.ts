// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerMember } from "./consumer-member.ts";
import { type PartitionKey, topicIdOf } from "./partition-key.ts";

/** What a member is to be brought to. */
export interface Goal {
  readonly epoch: number;
  readonly target: ReadonlySet<PartitionKey>;
  /** Ids of the topics that it subscribes to. */
  readonly topicIds: ReadonlySet<string>;
  /** Whether another member has a partition, or may still consume it. */
  readonly isTaken: (key: PartitionKey) => boolean;
  /** What the member says it consumes; undefined when it does not say. */
  readonly owned: readonly PartitionKey[] | undefined;
}

/**
 * Brings a member a step nearer to its target (KIP-848): it gives up first what is not its own any
 * more, and gets only what nobody else may consume. Returns the same member where nothing changes.
 */
export function reconcile(member: ConsumerMember, goal: Goal): ConsumerMember {
  if (member.state === "stable" && member.epoch === goal.epoch) return member;
  if (member.state === "unrevoked" && mayOwn(member.revoking, goal)) {
    return giveUpUnsubscribed(member, goal);
  }
  const assigned = new Map([...member.assigned].filter(([key]) => goal.target.has(key)));
  const revoking = new Map([...member.assigned].filter(([key]) => !goal.target.has(key)));
  if (revoking.size > 0 && mayOwn(revoking, goal)) {
    return advance(member, { state: "unrevoked", epoch: member.epoch, assigned, revoking });
  }
  const missing = [...goal.target].filter((key) => !assigned.has(key));
  const free = missing.filter((key) => !goal.isTaken(key));
  for (const key of free) assigned.set(key, goal.epoch);
  const state = free.length === missing.length ? "stable" : "unreleased";
  return advance(member, { state, epoch: goal.epoch, assigned, revoking: new Map() });
}

/** A member that has still to give up partitions need not wait to hear of more that it unsubscribed. */
function giveUpUnsubscribed(member: ConsumerMember, { topicIds }: Goal): ConsumerMember {
  const lost = [...member.assigned].filter(([key]) => !topicIds.has(topicIdOf(key)));
  if (lost.length === 0) return member;
  const assigned = new Map([...member.assigned].filter(([key]) => topicIds.has(topicIdOf(key))));
  const revoking = new Map([...member.revoking, ...lost]);
  return advance(member, { state: "unrevoked", epoch: member.epoch, assigned, revoking });
}

/** Whether the member may still consume some of the partitions: also when it does not say. */
function mayOwn(revoking: ReadonlyMap<PartitionKey, number>, { owned }: Goal): boolean {
  return owned === undefined || owned.some((key) => revoking.has(key));
}

type Step = Pick<ConsumerMember, "state" | "epoch" | "assigned" | "revoking">;

function advance(member: ConsumerMember, step: Step): ConsumerMember {
  const next = { ...member, ...step, previousEpoch: member.epoch };
  return isSame(member, next) ? member : next;
}

function isSame(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.state === b.state &&
    a.epoch === b.epoch &&
    a.previousEpoch === b.previousEpoch &&
    hasSameKeys(a.assigned, b.assigned) &&
    hasSameKeys(a.revoking, b.revoking)
  );
}

/** Whether two assignments have the same partitions. */
export function hasSameKeys(
  a: ReadonlyMap<PartitionKey, number>,
  b: ReadonlyMap<PartitionKey, number>,
): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
