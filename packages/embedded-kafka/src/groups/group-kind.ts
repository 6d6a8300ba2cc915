// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TopicPartition } from "../topics/topic-partition.ts";

/**
 * Who assigns partitions in a group: one of its members, or the broker (KIP-848). As ListGroups
 * names it.
 */
export type GroupKind = "classic" | "consumer";

/** Who commits offsets. */
export interface Committer {
  /** Empty for a consumer that assigns partitions to itself. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Generation or member epoch; negative for a consumer that assigns partitions to itself. */
  readonly generation: number;
  /** Whether it commits with TxnOffsetCommit. */
  readonly isTransactional: boolean;
  /** Version of the request. */
  readonly version: number;
}

/** A group as broker.inspect() and ListGroups show it. */
export interface GroupSummary {
  readonly kind: GroupKind;
  readonly id: string;
  readonly state: string;
  /** "consumer" for consumers; empty for a group that never had members. */
  readonly protocolType: string;
  /** The assignment strategy in use; empty when there is none. */
  readonly protocolName: string;
  /** Generation or group epoch. */
  readonly generation: number;
  readonly members: readonly MemberSummary[];
}

/** A member as broker.inspect() shows it. */
export interface MemberSummary {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Its partitions; undefined in a group that is not one of consumers. */
  readonly assignment: readonly TopicPartition[] | undefined;
}

/**
 * What the coordinator asks of a group whatever its kind. A group is made with no timer running:
 * {@link activate} sets them.
 */
export interface CoordinatedGroup {
  readonly kind: GroupKind;
  readonly id: string;
  /** As ListGroups names it, such as "Stable". */
  readonly state: string;
  readonly protocolType: string;
  /** Whether nobody is in it, so that it may be deleted, or become one of the other kind. */
  readonly isEmpty: boolean;
  /** Whether the committer may commit these partitions now. Returns an error code for all of them. */
  checkCommit(committer: Committer, partitions: readonly TopicPartition[]): number;
  /** Whether a member may fetch offsets; null and -1 for who is none. Returns an error code. */
  checkFetch(memberId: string | null, memberEpoch: number): number;
  /** Whether offsets may be deleted now. Returns an error code. */
  checkOffsetDelete(): number;
  /** Whether its members consume a topic, whose offsets must then stay. */
  isSubscribedTo(topic: string): boolean;
  /**
   * The time from which the retention of an offset counts that was committed at `committedAtMs`;
   * undefined when it does not expire now.
   */
  retainedSinceMs(committedAtMs: number): number | undefined;
  summary(): GroupSummary;
  /** What is saved of it: JSON. */
  stored(): object;
  /** Starts its members' sessions anew: after a restart, and on a new coordinator. */
  activate(): void;
  /** Stops all timers and answers those that wait with the error code, if there is one. */
  close(errorCode?: number): void;
}

/** What the coordinator offers to groups. */
export interface GroupHome {
  /** Saves what a group tells as stored(). Throws when that cannot be written. */
  save(group: CoordinatedGroup): void;
}

/** Makes a group of what stored() told, without timers. */
export type RestoreGroup = (id: string, stored: object) => CoordinatedGroup;
