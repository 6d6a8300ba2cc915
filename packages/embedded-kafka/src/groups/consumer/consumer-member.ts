// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { PartitionKey } from "./partition-key.ts";

/**
 * How far a member is on the way to what it is to have. "unrevoked": it has been told to give up
 * partitions and has not said that it did. "unreleased": it waits for partitions that others have
 * not given up. "stable": neither.
 */
export type MemberState = "stable" | "unrevoked" | "unreleased";

/** Member epoch of a static member that has left for a while, by which it says so. */
export const awayEpoch = -2;

/** A member of a consumer group: a value that is replaced when something of it changes. */
export interface ConsumerMember {
  readonly id: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly topicNames: readonly string[];
  /** Empty for none. */
  readonly topicRegex: string;
  /** Name of the assignor that it asks for. */
  readonly serverAssignor: string | null;
  /** The assignment epoch that it has come to; {@link awayEpoch} for one that is away. */
  readonly epoch: number;
  /** The epoch before: of a heartbeat whose answer the member may not have got. */
  readonly previousEpoch: number;
  readonly state: MemberState;
  /** What it may consume, with the epoch in which it got each. */
  readonly assigned: ReadonlyMap<PartitionKey, number>;
  /** What it was told to give up and may still consume. */
  readonly revoking: ReadonlyMap<PartitionKey, number>;
}

/** A member that has only just come. */
export function newMember(id: string): ConsumerMember {
  return {
    id,
    instanceId: null,
    rackId: null,
    clientId: "",
    clientHost: "",
    rebalanceTimeoutMs: -1,
    topicNames: [],
    topicRegex: "",
    serverAssignor: null,
    epoch: 0,
    previousEpoch: -1,
    state: "stable",
    assigned: new Map(),
    revoking: new Map(),
  };
}

/** A static member that leaves for a while: it keeps its partitions, which it may commit in any epoch. */
export function awayMember(member: ConsumerMember): ConsumerMember {
  const assigned = new Map([...member.assigned.keys()].map((key) => [key, 0]));
  return { ...member, epoch: awayEpoch, assigned, revoking: new Map() };
}

/** Whether a member has what the assignment of an epoch gives it. */
export function isReconciled({ state, epoch }: ConsumerMember, assignmentEpoch: number): boolean {
  return state === "stable" && epoch === assignmentEpoch;
}
