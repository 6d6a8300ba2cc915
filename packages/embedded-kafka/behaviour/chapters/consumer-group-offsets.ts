// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { describeConsumerGroup, divided, Member, settledAlone } from "../consumer-group-wire.ts";
import { commit, committed, deleteGroup, enter, enterAlone, leave } from "../group-wire.ts";
import type { Site } from "../site.ts";
import { addOffsets, begin, commitIn, end } from "../transaction-wire.ts";
import { errorName, only } from "../wire.ts";

/** Groups whose broker assigns partitions (KIP-848): their offsets, and what they are to others. */
export function consumerGroupOffsetsChapter(site: Site): void {
  const isThere = site.lab.has("consumerGroups");
  describe.skipIf(!isThere).concurrent("offsets and kinds of consumer groups (KIP-848)", () => {
    test("offsets are taken from members by their epoch", async () => {
      await using client = await site.connect();
      const { group, topic, member, epoch } = await settledAlone(site, client);
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

    test("offsets are taken into transactions from members by their epoch (KIP-447)", async () => {
      await using client = await site.connect();
      const { group, topic, member, epoch } = await settledAlone(site, client);
      const producer = await begin(client, await site.transactionalId());
      await addOffsets(client, producer, group);
      const send = (memberId: string, generation: number) =>
        commitIn(client, producer, { group, topic, offset: 1, memberId, generation });
      const errors = [
        await send(member.id, epoch),
        await send(member.id, epoch + 1),
        await send("stranger", epoch),
        await commitIn(client, producer, { group, topic, offset: 2 }),
      ];
      await end(client, producer, true);
      expect(errors).toEqual(["NONE", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "NONE"]);
    });

    test("offsets of older epochs are taken for partitions that were kept since (KIP-1251)", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const { one, kept, gone, epoch, topic } = await divided(site, client, group);
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
}
