// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { commit, committed, deleteGroup, enter, enterAlone, leave } from "../group-wire.ts";
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
          members: [
            { id: member.id, epoch: 2, topics: [topic], assigned: [0, 1, 2], target: [0, 1, 2] },
          ],
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

    test("a member that says nothing for its session is out, and others take over", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 2 });
      const silent = new Member(client, group, [topic]);
      await silent.join();
      await silent.settle([0, 1]);
      const other = new Member(client, group, [topic]);
      await other.join();
      const { assigned } = await other.settle([0, 1]);
      expect([assigned, (await silent.beat()).error]).toEqual([[0, 1], "UNKNOWN_MEMBER_ID"]);
    });

    test("a member that does not give up partitions in time is out", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 2 });
      const slow = new Member(client, group, [topic]);
      await slow.join({ rebalanceTimeoutMs: 500 });
      await until(
        () => slow.beat({ owned: [], rebalanceTimeoutMs: 500, topics: [topic] }),
        ({ assigned }) => assigned?.length === 2,
      );
      const other = new Member(client, group, [topic]);
      await other.join();
      const { error } = await until(
        async () => {
          await other.beat();
          return slow.beat();
        },
        (answer) => answer.error !== "NONE",
      );
      const { assigned } = await other.settle([0, 1]);
      expect([error, assigned]).toEqual(["UNKNOWN_MEMBER_ID", [0, 1]]);
    });

    test("a member whose answer was lost goes on from the epoch before, with what it has kept", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const { one, kept, gone, epoch } = await divided(client, group);
      expect([
        (await one.beat({ epoch, owned: kept })).error,
        (await one.beat({ epoch, owned: [...kept, ...gone] })).error,
        (await one.beat({ epoch })).error,
      ]).toEqual(["NONE", "FENCED_MEMBER_EPOCH", "FENCED_MEMBER_EPOCH"]);
    });

    test("offsets of older epochs are taken for partitions that were kept since (KIP-1251)", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const { one, kept, gone, epoch, topic } = await divided(client, group);
      const committing = async (partition: number, memberEpoch: number) => {
        const committed = { index: partition, committedOffset: 1n, committedMetadata: null };
        const { topics } = await client.call("offsetCommit", 9, {
          groupId: group,
          generationId: memberEpoch,
          memberId: one.id,
          topics: [{ name: topic, partitions: [committed] }],
        });
        return errorName(only(only(topics).partitions).errorCode);
      };
      const [[first], [last]] = [kept, gone] as [[number], [number]];
      expect([
        await committing(first, epoch),
        await committing(first, epoch - 1),
        await committing(last, epoch),
        await committing(last, epoch + 1),
      ]).toEqual(["NONE", "STALE_MEMBER_EPOCH", "STALE_MEMBER_EPOCH", "NONE"]);
    });

    test("topics that grow are assigned wholly, and topics that are deleted are given up", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const [topic, deleted] = [await site.topic(), await site.topic()];
      const member = new Member(client, group, [topic, deleted]);
      await member.join();
      const shares = () => describeConsumerGroup(client, group);
      const count = async () => {
        await member.beat();
        return (await shares()).members[0]?.target.length;
      };
      await until(count, (partitions) => partitions === 2);
      const grown = { name: topic, count: 3, assignments: null };
      await client.call("createPartitions", 3, {
        topics: [grown],
        timeoutMs: 5_000,
        validateOnly: false,
      });
      await until(count, (partitions) => partitions === 4);
      await client.call("deleteTopics", 5, { topicNames: [deleted], timeoutMs: 5_000 });
      expect(await until(count, (partitions) => partitions === 3)).toBe(3);
    });

    test("a regular expression stands for all topics that it matches", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topics = [await site.topic({ partitions: 2 }), await site.topic()];
      const member = new Member(client, group, []);
      const invalid = await member.join({ topics: null, regex: "(" });
      await member.join({ topics: null, regex: topics.join("|") });
      const { members } = await until(
        async () => {
          await member.beat();
          return describeConsumerGroup(client, group);
        },
        (described) => described.members[0]?.assigned.length === 3,
      );
      expect([invalid.error, members[0]?.topics, members[0]?.assigned]).toEqual([
        "INVALID_REGULAR_EXPRESSION",
        [],
        [0, 0, 1],
      ]);
    });

    test("ranges divide topics with as many partitions as each other alike", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topics = [await site.topic({ partitions: 4 }), await site.topic({ partitions: 4 })];
      for (const _ of topics) {
        await new Member(client, group, topics).join({ assignor: "range" });
      }
      const { members, assignor } = await describeConsumerGroup(client, group);
      expect([assignor, members.map(({ target }) => `${target}`).sort()]).toEqual([
        "range",
        ["0,0,1,1", "2,2,3,3"],
      ]);
    });

    test("members are put out by LeaveGroup too, as administrators do it", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const member = new Member(client, group, [topic]);
      const pod = new Member(client, group, [topic], { instanceId: "pod-0" });
      await member.join();
      await pod.join();
      const putOut = async (memberId: string, instanceId: string | null = null) =>
        leave(client, { group, memberId, instanceId });
      expect({
        left: [await putOut("stranger"), await putOut(member.id), await putOut("", "pod-0")],
        state: (await describeConsumerGroup(client, group)).state,
        deleted: await deleteGroup(client, group),
      }).toEqual({
        left: ["UNKNOWN_MEMBER_ID", "NONE", "NONE"],
        state: "Empty",
        deleted: "NONE",
      });
    });

    test("a group without members becomes one of the other kind", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const classic = await enterAlone(client, { group, protocolType: "other" });
      await leave(client, classic);
      const member = new Member(client, group, [topic]);
      const joined = await member.join();
      const refused = await enter(client, { group, protocolType: "other" });
      await member.leave();
      const entered = await enter(client, { group, protocolType: "other" });
      expect([joined.error, refused.error, entered.error]).toEqual([
        "NONE",
        "INCONSISTENT_GROUP_PROTOCOL",
        "NONE",
      ]);
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

  /** A member that has just given up half of its partitions to another, and the epoch before. */
  async function divided(client: RawClient, group: string) {
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
}

/** What a heartbeat says beside who it is from. */
interface Beat {
  epoch?: number;
  regex?: string | null;
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
      target: member.targetAssignment.topicPartitions
        .flatMap(({ partitions }) => partitions)
        .sort(),
    })),
  };
}
