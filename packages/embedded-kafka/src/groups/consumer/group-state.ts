// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { assignors, defaultAssignor } from "./assignor.ts";
import { type ConsumerMember, isReconciled } from "./consumer-member.ts";
import type { PartitionKey } from "./partition-key.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** As ConsumerGroupDescribe names them. */
export type ConsumerGroupStateName = "Empty" | "Assigning" | "Reconciling" | "Stable";

/** All that is known of a consumer group: a value that is replaced when something changes. */
export interface GroupState {
  /** Grows with every change of the members, their subscriptions or the topics. */
  readonly epoch: number;
  /** The epoch for which the targets were made. */
  readonly assignmentEpoch: number;
  /** Tells the topics and partitions of that epoch. */
  readonly fingerprint: string;
  readonly members: ReadonlyMap<string, ConsumerMember>;
  /** What members are to have, by their ids. */
  readonly targets: ReadonlyMap<string, ReadonlySet<PartitionKey>>;
}

/** A group without members, in the epoch in which Kafka's begin. */
export const emptyState: GroupState = {
  epoch: 1,
  assignmentEpoch: 0,
  fingerprint: "",
  members: new Map(),
  targets: new Map(),
};

export function nameOf({ members, epoch, assignmentEpoch }: GroupState): ConsumerGroupStateName {
  if (members.size === 0) return "Empty";
  if (epoch > assignmentEpoch) return "Assigning";
  const isStable = [...members.values()].every((member) => isReconciled(member, assignmentEpoch));
  return isStable ? "Stable" : "Reconciling";
}

/** A state with a member put in or replaced. */
export function withMember(state: GroupState, member: ConsumerMember): GroupState {
  return { ...state, members: new Map(state.members).set(member.id, member) };
}

/** A state in which one member takes the place of another, its target included. */
export function withReplaced(
  state: GroupState,
  replaced: ConsumerMember,
  member: ConsumerMember,
): GroupState {
  const members = new Map(state.members);
  const targets = new Map(state.targets);
  members.delete(replaced.id);
  targets.delete(replaced.id);
  members.set(member.id, member);
  targets.set(member.id, state.targets.get(replaced.id) ?? new Set());
  return { ...state, members, targets };
}

/** The assignor that most of those ask for who ask for one. */
export function assignorOf({ members }: GroupState): string {
  const votes = new Map<string, number>();
  for (const { serverAssignor } of members.values()) {
    if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
  }
  const [first] = [...votes].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? defaultAssignor;
}

/** A state with targets for its epoch. */
export function withTargets(state: GroupState, subscriptions: Subscriptions): GroupState {
  const members = [...state.members.values()];
  const assign = assignors.get(assignorOf(state));
  const subscribers = members.map((member) => ({
    id: member.id,
    topicIds: new Set(subscriptions.topicsOf(member).map(({ id }) => id)),
    target: state.targets.get(member.id) ?? new Set<PartitionKey>(),
  }));
  const targets = assign?.(subscribers, subscriptions.partitionCounts(members)) ?? new Map();
  return { ...state, assignmentEpoch: state.epoch, targets };
}

/** Who may consume a partition. */
export function ownersOf({ members }: GroupState): Map<PartitionKey, string> {
  const owners = new Map<PartitionKey, string>();
  for (const { id, assigned, revoking } of members.values()) {
    for (const key of assigned.keys()) owners.set(key, id);
    for (const key of revoking.keys()) owners.set(key, id);
  }
  return owners;
}
