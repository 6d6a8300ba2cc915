// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { errorCodes } from "../../protocol/error-codes.ts";
import type { GroupCoordinator } from "../group-coordinator.ts";
import { ConsumerGroup, type ConsumerGroupOptions, type Expelled } from "./consumer-group.ts";
import { type Heartbeat, type HeartbeatAnswer, leaveEpoch } from "./heartbeat.ts";
import { isRefusal, type Refusal, refusal } from "./refusal.ts";
import type { StoredConsumerGroup } from "./stored-consumer-group.ts";

/** Options of {@link ConsumerGroups}. */
export interface ConsumerGroupsOptions extends Omit<ConsumerGroupOptions, "home"> {
  readonly groups: GroupCoordinator;
}

/** The groups of KIP-848 among all groups of the cluster. */
export class ConsumerGroups {
  readonly #groups: GroupCoordinator;
  readonly #options: ConsumerGroupOptions;

  constructor({ groups, ...options }: ConsumerGroupsOptions) {
    this.#groups = groups;
    this.#options = { ...options, home: groups };
    groups.register("consumer", (id, stored) => this.#make(id, stored as StoredConsumerGroup));
  }

  /** The consumer group of an id, or why there is none. */
  find(groupId: string): ConsumerGroup | Refusal {
    const group = this.#groups.get(groupId);
    if (group instanceof ConsumerGroup) return group;
    const reason = group ? "is not a consumer group" : "not found";
    return refusal(errorCodes.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`);
  }

  /** Answers a heartbeat that is well formed. Who enters makes the group, if need be. */
  heartbeat(heartbeat: Heartbeat): HeartbeatAnswer | Refusal {
    const { groupId, memberEpoch } = heartbeat;
    if (memberEpoch <= leaveEpoch) {
      const group = this.find(groupId);
      return isRefusal(group) ? group : group.leave(heartbeat);
    }
    const group = memberEpoch === 0 ? this.#enterable(groupId) : this.#known(groupId);
    if (isRefusal(group)) return group;
    const answer = group.heartbeat({ ...heartbeat, memberId: heartbeat.memberId || makeUuid() });
    if (!isRefusal(answer) && this.#groups.get(groupId) !== group) this.#groups.put(group);
    return answer;
  }

  /**
   * Takes members out of a group at an administrator's wish. Returns an error code for each;
   * undefined when there is no consumer group of the id.
   */
  expel(groupId: string, members: readonly Expelled[]): number[] | undefined {
    const group = this.find(groupId);
    return isRefusal(group) ? undefined : group.expel(members);
  }

  /** A group that may be heartbeat to: refused in other words than elsewhere, as on Kafka. */
  #known(groupId: string): ConsumerGroup | Refusal {
    if (this.#groups.get(groupId)) return this.find(groupId);
    return refusal(errorCodes.GROUP_ID_NOT_FOUND, `Consumer group ${groupId} not found.`);
  }

  /** The group, made when there is none, or in the place of a classic one without members. */
  #enterable(groupId: string): ConsumerGroup | Refusal {
    const group = this.#groups.get(groupId);
    if (group instanceof ConsumerGroup) return group;
    if (!group || group.isEmpty) return this.#make(groupId);
    return refusal(
      errorCodes.GROUP_ID_NOT_FOUND,
      `Cannot upgrade classic group ${groupId} to consumer group because online upgrade is disabled.`,
    );
  }

  #make(groupId: string, stored?: StoredConsumerGroup): ConsumerGroup {
    return new ConsumerGroup(groupId, this.#options, stored);
  }
}

/** As Kafka's Uuid.randomUuid() writes one. */
function makeUuid(): string {
  return randomBytes(16).toString("base64url");
}
