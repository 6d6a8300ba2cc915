// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { describeConsumerGroup, divided, Member, settledAlone } from "../consumer-group-wire.ts";
import type { Site } from "../site.ts";
import { until } from "../wire.ts";

/** Groups whose broker assigns partitions (KIP-848): who is in them. */
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
      const { group, topic, member, epoch } = await settledAlone(site, client);
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
      const { one, kept, gone, epoch } = await divided(site, client, group);
      expect([
        (await one.beat({ epoch, owned: kept })).error,
        (await one.beat({ epoch, owned: [...kept, ...gone] })).error,
        (await one.beat({ epoch })).error,
      ]).toEqual(["NONE", "FENCED_MEMBER_EPOCH", "FENCED_MEMBER_EPOCH"]);
    });
  });
}
