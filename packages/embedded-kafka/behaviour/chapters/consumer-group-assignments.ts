// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { describeConsumerGroup, Member } from "../consumer-group-wire.ts";
import type { Site } from "../site.ts";
import { until } from "../wire.ts";

/** Groups whose broker assigns partitions (KIP-848): which ones. */
export function consumerGroupAssignmentsChapter(site: Site): void {
  const isThere = site.lab.has("consumerGroups");
  describe.skipIf(!isThere).concurrent("assignments of consumer groups (KIP-848)", () => {
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
  });
}
