// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerMember } from "./consumer-member.ts";
import type { GroupState } from "./group-state.ts";
import type { PartitionKey } from "./partition-key.ts";

/** A consumer group as it is saved. */
export interface StoredConsumerGroup
  extends Pick<GroupState, "epoch" | "assignmentEpoch" | "fingerprint"> {
  readonly members: readonly StoredMember[];
}

interface StoredMember extends Omit<ConsumerMember, "assigned" | "revoking"> {
  readonly assigned: readonly (readonly [PartitionKey, number])[];
  readonly revoking: readonly (readonly [PartitionKey, number])[];
  readonly target: readonly PartitionKey[];
}

export function toStoredGroup(state: GroupState): StoredConsumerGroup {
  const { epoch, assignmentEpoch, fingerprint } = state;
  const members = [...state.members.values()].map((member) => ({
    ...member,
    assigned: [...member.assigned],
    revoking: [...member.revoking],
    target: [...(state.targets.get(member.id) ?? [])],
  }));
  return { epoch, assignmentEpoch, fingerprint, members };
}

export function fromStoredGroup(stored: StoredConsumerGroup): GroupState {
  const { epoch, assignmentEpoch, fingerprint } = stored;
  return {
    epoch,
    assignmentEpoch,
    fingerprint,
    members: new Map(
      stored.members.map(({ target: _, ...member }) => [
        member.id,
        { ...member, assigned: new Map(member.assigned), revoking: new Map(member.revoking) },
      ]),
    ),
    targets: new Map(stored.members.map(({ id, target }) => [id, new Set(target)])),
  };
}
