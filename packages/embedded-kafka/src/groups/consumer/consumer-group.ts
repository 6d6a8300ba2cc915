// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { Logger } from "../../logger.ts";
import { errorCodes } from "../../protocol/error-codes.ts";
import type { TopicPartition } from "../../topics/topic-partition.ts";
import type { Committer, CoordinatedGroup, GroupHome, GroupSummary } from "../group-kind.ts";
import { awayEpoch, awayMember, type ConsumerMember } from "./consumer-member.ts";
import {
  assignorOf,
  type ConsumerGroupStateName,
  emptyState,
  type GroupState,
  nameOf,
  withMember,
} from "./group-state.ts";
import type { Heartbeat, HeartbeatAnswer } from "./heartbeat.ts";
import { findMember, staticMember } from "./member-checks.ts";
import { MemberTimers } from "./member-timers.ts";
import { byTopic, partitionKey, partitionOf, topicIdOf } from "./partition-key.ts";
import { hasSameKeys } from "./reconcile.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import {
  fromStoredGroup,
  type StoredConsumerGroup,
  toStoredGroup,
} from "./stored-consumer-group.ts";
import { type SubscribableTopics, Subscriptions } from "./subscriptions.ts";
import { removeMembers, updateGroup } from "./update-group.ts";

/** Options of {@link ConsumerGroup}. */
export interface ConsumerGroupOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly home: GroupHome;
  readonly topics: SubscribableTopics;
  /** How long a member may say nothing. */
  readonly sessionTimeoutMs: number;
  /** How often members are told to send heartbeats. */
  readonly heartbeatIntervalMs: number;
}

/** A member to take out: a static one by its instance alone, if its id is empty. */
export interface Expelled {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/**
 * One group in the protocol of KIP-848, in which the broker assigns partitions: members do nothing
 * but send heartbeats, and each is brought to its target on its own, one step a heartbeat. What
 * changes is saved before a member hears of it.
 */
export class ConsumerGroup implements CoordinatedGroup {
  readonly kind = "consumer";
  readonly protocolType = "consumer";
  readonly id: string;
  readonly #options: ConsumerGroupOptions;
  readonly #timers: MemberTimers;
  #content: GroupState;
  #subscriptions: Subscriptions;

  constructor(id: string, options: ConsumerGroupOptions, stored?: StoredConsumerGroup) {
    this.id = id;
    this.#options = options;
    this.#timers = new MemberTimers(options, (memberId, reason) => this.#expire(memberId, reason));
    this.#content = stored ? fromStoredGroup(stored) : emptyState;
    this.#subscriptions = new Subscriptions(options.topics);
  }

  get state(): ConsumerGroupStateName {
    return nameOf(this.#content);
  }

  get isEmpty(): boolean {
    return this.#content.members.size === 0;
  }

  /** All of it, as it is at this moment. */
  get content(): GroupState {
    return this.#content;
  }

  /** Takes a member in, or brings it a step nearer to its target. */
  heartbeat(heartbeat: Heartbeat): HeartbeatAnswer | Refusal {
    const updated = updateGroup(this.#content, heartbeat, this.#currentSubscriptions());
    if (isRefusal(updated)) return updated;
    const { state, before, member } = updated;
    const { members: former } = this.#content;
    this.#replace(state);
    for (const id of former.keys()) if (!state.members.has(id)) this.#timers.cancel(id);
    this.#timers.awaitHeartbeat(member.id);
    if (before?.revoking !== member.revoking) this.#timers.awaitRevocation(member);
    const isTold =
      heartbeat.memberEpoch === 0 ||
      isFull(heartbeat) ||
      !before ||
      !hasSameKeys(before.assigned, member.assigned);
    return {
      memberId: member.id,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.#options.heartbeatIntervalMs,
      assignment: isTold ? byTopic(member.assigned.keys()) : null,
    };
  }

  /** Takes a member out; a static one that is only away keeps its place until its session ends. */
  leave(heartbeat: Heartbeat): HeartbeatAnswer | Refusal {
    const member = findMember(this.#content, heartbeat);
    if (isRefusal(member)) return member;
    const { memberEpoch } = heartbeat;
    if (memberEpoch === awayEpoch && heartbeat.instanceId !== null) {
      const away = awayMember(member);
      this.#replace(withMember(this.#content, away));
      this.#timers.awaitRevocation(away);
    } else {
      this.#remove([member.id], "it leaves");
    }
    return { memberId: member.id, memberEpoch, heartbeatIntervalMs: 0, assignment: null };
  }

  /** Takes members out at an administrator's wish. Returns an error code for each. */
  expel(expelled: readonly Expelled[]): number[] {
    const found = expelled.map(({ memberId, groupInstanceId: instanceId }) => {
      const byInstance = memberId === "" ? staticMember(this.#content, instanceId) : undefined;
      return findMember(this.#content, {
        groupId: this.id,
        memberId: byInstance?.id ?? memberId,
        instanceId,
      });
    });
    const ids = found.flatMap((member) => (isRefusal(member) ? [] : [member.id]));
    if (ids.length > 0) this.#remove(ids, "an administrator removes it");
    return found.map((member) => (isRefusal(member) ? member.errorCode : errorCodes.NONE));
  }

  checkCommit(committer: Committer, partitions: readonly TopicPartition[]): number {
    const { memberId, groupInstanceId, generation, isTransactional, version } = committer;
    if (generation < 0 && this.isEmpty) return errorCodes.NONE;
    const isAnonymous = generation === -1 && memberId === "" && groupInstanceId === null;
    if (isTransactional && isAnonymous) return errorCodes.NONE;
    const member = this.#content.members.get(memberId);
    if (!member) return errorCodes.UNKNOWN_MEMBER_ID;
    if (!isTransactional && version < 9) return errorCodes.UNSUPPORTED_VERSION;
    if (generation === member.epoch) return errorCodes.NONE;
    // An older epoch is as good for partitions that the member has had since (KIP-1251).
    const hasHad = ({ topic, partition }: TopicPartition) => {
      const key = partitionKey(this.#options.topics.get(topic)?.id ?? "", partition);
      const since = member.assigned.get(key) ?? member.revoking.get(key);
      return since !== undefined && generation >= since;
    };
    if (generation < member.epoch && partitions.every(hasHad)) return errorCodes.NONE;
    // Producers abort upon this one, and would end for ever upon the other, which they do not know.
    return isTransactional ? errorCodes.ILLEGAL_GENERATION : errorCodes.STALE_MEMBER_EPOCH;
  }

  checkFetch(memberId: string | null, memberEpoch: number): number {
    if (memberId === null && memberEpoch < 0) return errorCodes.NONE;
    const member = this.#content.members.get(memberId ?? "");
    if (!member) return errorCodes.UNKNOWN_MEMBER_ID;
    return member.epoch === memberEpoch ? errorCodes.NONE : errorCodes.STALE_MEMBER_EPOCH;
  }

  checkOffsetDelete(): number {
    return errorCodes.NONE;
  }

  isSubscribedTo(topic: string): boolean {
    const subscriptions = this.#currentSubscriptions();
    return [...this.#content.members.values()].some((member) =>
      subscriptions.namesOf(member).has(topic),
    );
  }

  retainedSinceMs(committedAtMs: number): number {
    return committedAtMs;
  }

  summary(): GroupSummary {
    const { id, kind, state, protocolType } = this;
    const { epoch, members } = this.#content;
    return {
      kind,
      id,
      state,
      protocolType,
      protocolName: assignorOf(this.#content),
      generation: epoch,
      members: [...members.values()].map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        assignment: [...member.assigned.keys()].flatMap((key) => {
          const topic = this.#options.topics.byId(topicIdOf(key))?.name;
          return topic === undefined ? [] : [{ topic, partition: partitionOf(key) }];
        }),
      })),
    };
  }

  stored(): StoredConsumerGroup {
    return toStoredGroup(this.#content);
  }

  activate(): void {
    for (const member of this.#content.members.values()) this.#giveTime(member);
  }

  close(): void {
    this.#timers.cancelAll();
  }

  /** Saves a state and goes on with it; when that fails, it throws and goes on as before. */
  #replace(state: GroupState): void {
    if (state === this.#content) return;
    const before = this.#content;
    this.#content = state;
    try {
      this.#options.home.save(this);
    } catch (error) {
      this.#content = before;
      throw error;
    }
  }

  #remove(memberIds: readonly string[], reason: string): void {
    const { logger } = this.#options;
    logger.debug(`Group '${this.id}' goes on without ${memberIds.join(", ")}: ${reason}`);
    this.#replace(removeMembers(this.#content, memberIds, this.#currentSubscriptions()));
    for (const id of memberIds) this.#timers.cancel(id);
  }

  #currentSubscriptions(): Subscriptions {
    if (!this.#subscriptions.isCurrent) {
      this.#subscriptions = new Subscriptions(this.#options.topics);
    }
    return this.#subscriptions;
  }

  /** Begins anew all that a member has time for. */
  #giveTime(member: ConsumerMember): void {
    this.#timers.awaitHeartbeat(member.id);
    this.#timers.awaitRevocation(member);
  }

  #expire(memberId: string, reason: string): void {
    try {
      this.#remove([memberId], reason);
    } catch (error) {
      // It cannot be saved that the member is out: it stays, and gets its time once more.
      const member = this.#content.members.get(memberId);
      if (member) this.#giveTime(member);
      this.#options.logger.error(`Cannot remove a member of group '${this.id}'`, {
        member: memberId,
        error: String(error),
      });
    }
  }
}

/** Whether a member tells everything, since it has not got an answer: then it is told everything. */
function isFull({ rebalanceTimeoutMs, topicNames, topicRegex, owned }: Heartbeat): boolean {
  return (
    rebalanceTimeoutMs !== -1 && (topicNames !== null || topicRegex !== null) && owned !== null
  );
}
