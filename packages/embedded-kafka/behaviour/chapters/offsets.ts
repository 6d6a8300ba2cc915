// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import {
  commit,
  committed,
  deleteGroup,
  describeGroup,
  enter,
  enterAlone,
  groupIn,
  leave,
} from "../group-wire.ts";
import type { Site } from "../site.ts";
import { errorName, only, until } from "../wire.ts";

/** What groups say of how far they have come. */
export function offsetsChapter(site: Site): void {
  describe("offsets", () => {
    test("are kept for a group without members, the last one for each partition", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic({ partitions: 2 });
      const commits = [
        await commit(client, { group }, topic, 5),
        await commit(client, { group, metadata: "why", leaderEpoch: 0 }, topic, 3),
      ];
      expect({
        commits,
        fetched: [
          await committed(client, group, topic),
          await committed(client, group, topic, { partition: 1 }),
          await committed(client, site.name("nobody"), topic),
        ],
        state: (await describeGroup(client, group)).state,
      }).toEqual({
        commits: ["NONE", "NONE"],
        fetched: [
          { error: "NONE", offset: 3, leaderEpoch: 0, metadata: "why" },
          { error: "NONE", offset: -1, leaderEpoch: -1, metadata: "" },
          { error: "NONE", offset: -1, leaderEpoch: -1, metadata: "" },
        ],
        state: "Empty",
      });
    });

    test("are taken from members of the present generation alone", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const member = await enterAlone(client, { group });
      const errors = [
        await commit(client, member, topic, 1),
        await commit(client, { ...member, generation: 7 }, topic, 2),
        await commit(client, { ...member, memberId: "stranger" }, topic, 3),
        await commit(client, { group }, topic, 4),
        await commit(client, { ...member, group: site.name("nowhere") }, topic, 5),
      ];
      await leave(client, member);
      const { offset } = await committed(client, group, topic);
      expect([errors, offset]).toEqual([
        [
          "NONE",
          "ILLEGAL_GENERATION",
          "UNKNOWN_MEMBER_ID",
          "UNKNOWN_MEMBER_ID",
          "ILLEGAL_GENERATION",
        ],
        1,
      ]);
    });

    test("are taken while members join, and not while they wait for assignments", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const member = await enterAlone(one, { group });
      void enter(two, { group }).catch(() => {});
      await groupIn(one, group, "PreparingRebalance");
      const preparing = await commit(one, member, topic, 1);
      const alone = await site.group();
      const { memberId, generation } = await enter(one, { group: alone });
      const completing = await commit(one, { group: alone, memberId, generation }, topic, 1);
      expect([preparing, completing]).toEqual(["NONE", "REBALANCE_IN_PROGRESS"]);
    });

    test("are refused for partitions that there are not, and with too much to say", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const topic = await site.topic();
      const errors = [
        await commit(client, { group }, "nobody-made-this", 1),
        await commit(client, { group, partition: 1 }, topic, 1),
        await commit(client, { group, metadata: "x".repeat(4_096) }, topic, 1),
        await commit(client, { group, metadata: "x".repeat(4_097) }, topic, 2),
      ];
      expect(errors).toEqual([
        "UNKNOWN_TOPIC_OR_PARTITION",
        "UNKNOWN_TOPIC_OR_PARTITION",
        "NONE",
        "OFFSET_METADATA_TOO_LARGE",
      ]);
    });

    test("are fetched for all topics, of several groups at once", async () => {
      await using client = await site.connect();
      const groups = [await site.group(), await site.group()];
      const topic = await site.topic();
      for (const [at, group] of groups.entries()) await commit(client, { group }, topic, at + 1);
      const answer = await client.call("offsetFetch", 8, {
        groups: groups.map((groupId) => ({ groupId, topics: null })),
      });
      expect(
        answer.groups.map(({ topics }) =>
          topics.map(({ name, partitions }) => [
            name,
            partitions.map(({ index, committedOffset }) => [index, committedOffset]),
          ]),
        ),
      ).toEqual([[[topic, [[0, 1n]]]], [[topic, [[0, 2n]]]]]);
    });

    test("are deleted one by one, with their group, and with their topic", async () => {
      await using client = await site.connect();
      const [group, other] = [await site.group(), await site.group()];
      const topics = [await site.topic(), await site.topic(), await site.topic()] as const;
      for (const topic of topics) await commit(client, { group }, topic, 1);
      await commit(client, { group: other }, topics[0], 1);
      const deleted = await deleteOffset(group, topics[0]);
      const nobody = await deleteOffset(site.name("nobody"), topics[0]);
      await client.call("deleteTopics", 6, {
        topics: [{ name: topics[1], topicId: Buffer.alloc(16) }],
        timeoutMs: 5_000,
      });
      const offsets = () =>
        Promise.all(topics.map(async (topic) => (await committed(client, group, topic)).offset));
      const left = await until(offsets, ([, second]) => second === -1);
      await deleteGroup(client, other);
      expect({
        deleted,
        nobody,
        left,
        withGroup: (await committed(client, other, topics[0])).offset,
      }).toEqual({
        deleted: ["NONE", "NONE"],
        nobody: ["GROUP_ID_NOT_FOUND"],
        left: [-1, -1, 1],
        withGroup: -1,
      });

      async function deleteOffset(groupId: string, topic: string) {
        const answer = await client.call("offsetDelete", 0, {
          groupId,
          topics: [{ name: topic, partitions: [{ index: 0 }] }],
        });
        if (answer.errorCode !== 0) return [errorName(answer.errorCode)];
        return ["NONE", errorName(only(only(answer.topics).partitions).errorCode)];
      }
    });
  });
}
