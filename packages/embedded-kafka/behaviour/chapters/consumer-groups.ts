// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { commit, committed, deleteGroup, enter } from "../group-wire.ts";
import type { Site } from "../site.ts";
import { errorName, only, until } from "../wire.ts";

/** Groups whose broker assigns partitions (KIP-848). */
export function consumerGroupsChapter(site: Site): void {
  const isThere = site.lab.has("consumerGroups");
  describe.skipIf(!isThere).concurrent("consumer groups (KIP-848)", () => {
    test("a member joins, gets all partitions, and leaves", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 3 });
      const member = new Member(client, group, [topic]);
      const joined = await member.join();
      const { assigned } = await member.settle([0, 1, 2]);
      const described = await describeConsumerGroup(client, group);
      const left = await member.leave();
      expect({
        joined: [joined.error, joined.memberId, joined.epoch],
        assigned,
        described,
        left: [left.error, left.epoch],
        after: (await describeConsumerGroup(client, group)).state,
        again: (await member.beat()).error,
      }).toEqual({
        joined: ["NONE", member.id, 2],
        assigned: [0, 1, 2],
        described: {
          error: "NONE",
          state: "Stable",
          epoch: 2,
          assignmentEpoch: 2,
          assignor: "uniform",
          members: [{ id: member.id, epoch: 2, topics: [topic], assigned: [0, 1, 2] }],
        },
        left: ["NONE", -1],
        after: "Empty",
        again: "UNKNOWN_MEMBER_ID",
      });
    });

    test("a second member gets its share once the first has given it up", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 4 });
      const one = new Member(client, group, [topic]);
      await one.join();
      await one.settle([0, 1, 2, 3]);
      const two = new Member(client, group, [topic]);
      const joined = await two.join();
      const asked = await until(
        () => one.beat(),
        ({ assigned }) => assigned?.length === 2,
      );
      const waiting = await two.beat();
      const kept = asked.assigned ?? [];
      await one.own(kept);
      const given = await until(
        () => two.beat(),
        ({ assigned }) => assigned?.length === 2,
      );
      expect({
        atFirst: [joined.error, joined.assigned],
        stillWaiting: waiting.assigned,
        all: [...kept, ...(given.assigned ?? [])].sort(),
      }).toEqual({ atFirst: ["NONE", []], stillWaiting: null, all: [0, 1, 2, 3] });
    });

    test("what a member that left had goes to the others", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 2 });
      const one = new Member(client, group, [topic]);
      const two = new Member(client, group, [topic]);
      await one.join();
      await two.join();
      await one.leave();
      const { assigned } = await two.settle([0, 1]);
      expect(assigned).toEqual([0, 1]);
    });

    test("refuses members that it does not know, and epochs that it did not give", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const member = new Member(client, group, [topic]);
      const { epoch } = await member.join();
      await member.settle([0]);
      const answers = [
        await new Member(client, group, [topic], { epoch }).beat(),
        await member.beat({ epoch: epoch + 1 }),
        await new Member(client, site.name("nowhere"), [topic], { epoch }).beat(),
        await new Member(client, "", [topic]).join(),
        await new Member(client, group, []).join({ topics: null }),
        await new Member(client, group, [topic]).join({ assignor: "no-such" }),
        await new Member(client, group, [topic]).join({ rebalanceTimeoutMs: -1 }),
        await new Member(client, group, [topic]).join({ epoch: -3 }),
      ];
      expect(answers.map(({ error }) => error)).toEqual([
        "UNKNOWN_MEMBER_ID",
        "FENCED_MEMBER_EPOCH",
        "GROUP_ID_NOT_FOUND",
        "INVALID_REQUEST",
        "INVALID_REQUEST",
        "UNSUPPORTED_ASSIGNOR",
        "INVALID_REQUEST",
        "INVALID_REQUEST",
      ]);
    });

    test("a topic that is made later is assigned then", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const name = site.name("later");
      const member = new Member(client, group, [name]);
      const joined = await member.join();
      await client.call("createTopics", 5, {
        topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
      });
      const { assigned } = await member.settle([0, 1]);
      expect([joined.assigned, assigned]).toEqual([[], [0, 1]]);
    });

    test("offsets are taken from members by their epoch", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const member = new Member(client, group, [topic]);
      const { epoch } = await member.join();
      await member.settle([0]);
      const membership = { group, memberId: member.id, generation: epoch };
      const versioned = async (memberEpoch: number, memberId: string = member.id) => {
        const { topics } = await client.call("offsetCommit", 9, {
          groupId: group,
          generationId: memberEpoch,
          memberId,
          topics: [
            {
              name: topic,
              partitions: [{ index: 0, committedOffset: 3n, committedMetadata: null }],
            },
          ],
        });
        return errorName(only(only(topics).partitions).errorCode);
      };
      expect({
        old: await commit(client, membership, topic, 2),
        present: await versioned(epoch),
        stale: await versioned(epoch + 1),
        stranger: await versioned(epoch, "stranger"),
        committed: (await committed(client, group, topic)).offset,
        deleted: await deleteGroup(client, group),
      }).toEqual({
        old: "UNSUPPORTED_VERSION",
        present: "NONE",
        stale: "STALE_MEMBER_EPOCH",
        stranger: "UNKNOWN_MEMBER_ID",
        committed: 3,
        deleted: "NON_EMPTY_GROUP",
      });
    });

    test("a static member that is away for a while gets back what it had", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 2 });
      const before = new Member(client, group, [topic], { instanceId: "pod-0" });
      await before.join();
      await before.settle([0, 1]);
      const second = new Member(client, group, [topic], { instanceId: "pod-0" });
      const unreleased = await second.join();
      const away = await before.beat({ epoch: -2 });
      const back = await second.join();
      const { assigned } = back.assigned?.length ? back : await second.settle([0, 1]);
      expect({
        unreleased: unreleased.error,
        away: [away.error, away.epoch],
        back: [back.error, assigned],
        old: (await before.beat()).error,
      }).toEqual({
        unreleased: "UNRELEASED_INSTANCE_ID",
        away: ["NONE", -2],
        back: ["NONE", [0, 1]],
        old: "FENCED_INSTANCE_ID",
      });
    });

    test("a group of classic members is not one of these, nor the other way round", async () => {
      await using client = await site.connect();
      const [classic, consumer] = [await site.group(), await site.group()];
      const topic = await site.topic();
      const protocols = { sticky: "not a subscription" };
      await enter(client, { group: classic, protocolType: "other", protocols });
      await new Member(client, consumer, [topic]).join();
      const { groups } = await client.call("listGroups", 5, { statesFilter: [], typesFilter: [] });
      const types = [classic, consumer].map(
        (group) => groups.find(({ groupId }) => groupId === group)?.groupType,
      );
      expect({
        types,
        classicDescribed: (await describeConsumerGroup(client, classic)).error,
        joinsClassic: (await new Member(client, classic, [topic]).join()).error,
      }).toEqual({
        types: ["classic", "consumer"],
        classicDescribed: "GROUP_ID_NOT_FOUND",
        joinsClassic: "GROUP_ID_NOT_FOUND",
      });
    });
  });
}

/** What a heartbeat says beside who it is from. */
interface Beat {
  epoch?: number;
  topics?: string[] | null;
  owned?: number[] | null;
  assignor?: string | null;
  rebalanceTimeoutMs?: number;
}

/** A member of a group that is subscribed to topics, of which it looks at the first. */
class Member {
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
    const answer = await this.#client.call("consumerGroupHeartbeat", 0, {
      groupId: this.#group,
      memberId: this.id,
      memberEpoch: epoch,
      instanceId: this.#instanceId,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? -1,
      subscribedTopicNames: topics,
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

async function describeConsumerGroup(client: RawClient, group: string) {
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
    })),
  };
}
