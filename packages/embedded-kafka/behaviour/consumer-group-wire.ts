// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Members of groups whose broker assigns partitions (KIP-848), as in wire.ts.

import { randomUUID } from "node:crypto";
import type { RawClient } from "../src/raw-client.testing.ts";
import type { Site } from "./site.ts";
import { errorName, only, until } from "./wire.ts";

/** What a heartbeat says beside who it is from. */
export interface Beat {
  epoch?: number;
  regex?: string | null;
  topics?: string[] | null;
  owned?: number[] | null;
  assignor?: string | null;
  rebalanceTimeoutMs?: number;
}

/** A member of a group that is subscribed to topics, of which it looks at the first. */
export class Member {
  readonly id = randomUUID();
  readonly #client: RawClient;
  readonly #group: string;
  readonly #topics: string[];
  readonly #instanceId: string | null;
  #epoch: number;
  #topicId: Buffer = Buffer.alloc(16);

  constructor(
    client: RawClient,
    group: string,
    topics: string[],
    { epoch = 0, instanceId = null }: { epoch?: number; instanceId?: string | null } = {},
  ) {
    this.#client = client;
    this.#group = group;
    this.#topics = topics;
    this.#epoch = epoch;
    this.#instanceId = instanceId;
  }

  join(options: Beat = {}) {
    const whole = { topics: this.#topics, owned: [], rebalanceTimeoutMs: 30_000 };
    return this.beat({ epoch: 0, ...whole, ...options });
  }

  /** Says that it has these partitions and no others. */
  own(partitions: number[]) {
    return this.beat({ owned: partitions, topics: this.#topics, rebalanceTimeoutMs: 30_000 });
  }

  leave() {
    return this.beat({ epoch: -1 });
  }

  /** Waits until it is assigned these partitions, and takes them. */
  async settle(partitions: number[]) {
    const answer = await until(
      () => this.own([]),
      ({ assigned }) => `${assigned}` === `${partitions}`,
    );
    await this.own(partitions);
    return answer;
  }

  async beat(options: Beat = {}) {
    const { epoch = this.#epoch, topics = null, owned = null, assignor = null } = options;
    const answer = await this.#client.call("consumerGroupHeartbeat", 1, {
      groupId: this.#group,
      memberId: this.id,
      memberEpoch: epoch,
      instanceId: this.#instanceId,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? -1,
      subscribedTopicNames: topics,
      subscribedTopicRegex: options.regex ?? null,
      serverAssignor: assignor,
      topicPartitions: owned?.length
        ? [{ topicId: this.#topicId, partitions: owned }]
        : owned && [],
    });
    if (answer.errorCode === 0 && epoch >= 0) this.#epoch = answer.memberEpoch;
    const ofTopic = answer.assignment?.topicPartitions[0];
    if (ofTopic) this.#topicId = Buffer.from(ofTopic.topicId);
    return {
      error: errorName(answer.errorCode),
      memberId: answer.memberId,
      epoch: answer.memberEpoch,
      /** Null where nothing is said of the assignment, as it is known already. */
      assigned: answer.assignment && [...(ofTopic?.partitions ?? [])].sort(),
    };
  }
}

/** What is known of a group, if it is of this kind. */
export async function describeConsumerGroup(client: RawClient, group: string) {
  const asked = { groupIds: [group], includeAuthorizedOperations: false };
  const described = only((await client.call("consumerGroupDescribe", 0, asked)).groups);
  return {
    error: errorName(described.errorCode),
    state: described.groupState,
    epoch: described.groupEpoch,
    assignmentEpoch: described.assignmentEpoch,
    assignor: described.assignorName,
    members: described.members.map((member) => ({
      id: member.memberId,
      epoch: member.memberEpoch,
      topics: member.subscribedTopicNames,
      assigned: member.assignment.topicPartitions.flatMap(({ partitions }) => partitions).sort(),
      target: member.targetAssignment.topicPartitions
        .flatMap(({ partitions }) => partitions)
        .sort(),
    })),
  };
}

/** A member that is alone in a new group, with the one partition of a new topic. */
export async function settledAlone(site: Site, client: RawClient) {
  const group = await site.group();
  const topic = await site.topic();
  const member = new Member(client, group, [topic]);
  const { epoch } = await member.join();
  await member.settle([0]);
  return { group, topic, member, epoch };
}

/** A member that has just given up half of its partitions to another, and the epoch before. */
export async function divided(site: Site, client: RawClient, group: string) {
  const topic = await site.topic({ partitions: 4 });
  const one = new Member(client, group, [topic]);
  await one.join();
  await one.settle([0, 1, 2, 3]);
  const { epoch } = await one.beat();
  await new Member(client, group, [topic]).join();
  const { assigned } = await until(
    () => one.beat(),
    (answer) => answer.assigned?.length === 2,
  );
  const kept = assigned ?? [];
  await one.own(kept);
  const gone = [0, 1, 2, 3].filter((partition) => !kept.includes(partition));
  return { topic, one, kept, gone, epoch };
}
