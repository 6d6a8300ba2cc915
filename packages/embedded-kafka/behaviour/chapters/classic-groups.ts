// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import {
  deleteGroup,
  describeGroup,
  enter,
  enterAlone,
  groupIn,
  heartbeat,
  join,
  leave,
  sync,
} from "../group-wire.ts";
import type { Site } from "../site.ts";
import { errorName, until } from "../wire.ts";

/** Groups whose members assign partitions among themselves. */
export function classicGroupsChapter(site: Site): void {
  describe.concurrent("classic groups", () => {
    test("a member is told its id, leads the group that it is alone in, and leaves", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const first = await join(client, { group });
      const joined = await join(client, { group, memberId: first.memberId });
      const { memberId } = first;
      const member = { group, memberId, generation: joined.generation };
      const synced = await sync(client, member, { [memberId]: "all" });
      const steps = {
        first: first.error,
        joined,
        synced,
        heartbeat: await heartbeat(client, member),
        stable: await describeGroup(client, group),
        left: await leave(client, member),
        again: await leave(client, member),
        empty: await describeGroup(client, group),
      };
      expect(steps).toEqual({
        first: "MEMBER_ID_REQUIRED",
        joined: {
          error: "NONE",
          memberId,
          generation: 1,
          protocol: "range",
          leader: memberId,
          skipsAssignment: false,
          members: [{ memberId, metadata: "" }],
        },
        synced: { error: "NONE", assignment: "all" },
        heartbeat: "NONE",
        stable: {
          error: "NONE",
          state: "Stable",
          protocolType: "consumer",
          protocol: "range",
          members: [{ memberId, instanceId: null, metadata: "", assignment: "all" }],
        },
        left: "NONE",
        again: "UNKNOWN_MEMBER_ID",
        empty: {
          error: "NONE",
          state: "Empty",
          protocolType: "consumer",
          protocol: "",
          members: [],
        },
      });
    });

    test("a second member makes the first join again, and the leader assigns to both", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      const group = await site.group();
      const leader = await enterAlone(one, { group, protocols: { range: "one" } });
      const entering = enter(two, { group, protocols: { range: "two" } });
      await groupIn(one, group, "PreparingRebalance");
      const told = await heartbeat(one, leader);
      const again = await join(one, { ...leader, protocols: { range: "one" } });
      const second = await entering;
      const follower = { group, memberId: second.memberId, generation: second.generation };
      const waiting = sync(two, follower);
      await sync(
        one,
        { ...leader, generation: again.generation },
        { [leader.memberId]: "half", [second.memberId]: "other half" },
      );
      expect({
        told,
        generations: [again.generation, second.generation],
        leaders: [again.leader, second.leader],
        members: again.members.map(({ metadata }) => metadata).sort(),
        ofFollower: second.members,
        assignment: await waiting,
      }).toEqual({
        told: "REBALANCE_IN_PROGRESS",
        generations: [2, 2],
        leaders: [leader.memberId, leader.memberId],
        members: ["one", "two"],
        ofFollower: [],
        assignment: { error: "NONE", assignment: "other half" },
      });
    });

    test("members agree on a protocol that all of them know, by their preferences", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      const group = await site.group();
      const protocols = { cooperative: "", range: "", sticky: "" };
      const leader = await enterAlone(one, { group, protocols });
      const entering = enter(two, { group, protocols: { sticky: "", range: "" } });
      await groupIn(one, group, "PreparingRebalance");
      const again = await join(one, { ...leader, protocols: { sticky: "", range: "" } });
      expect([again.protocol, (await entering).protocol]).toEqual(["sticky", "sticky"]);
    });

    test("refuses a member with which no protocol could be agreed on", async () => {
      await using client = await site.connect();
      await using other = await site.connect();
      const group = await site.group();
      await enterAlone(client, { group });
      const errors = [
        await enter(other, { group, protocols: { sticky: "" } }),
        await enter(other, { group, protocolType: "connect" }),
        await enter(other, { group, protocols: {} }),
        await enter(other, { group, protocolType: "" }),
      ];
      expect(errors.map(({ error }) => error)).toEqual(
        Array(4).fill("INCONSISTENT_GROUP_PROTOCOL"),
      );
    });

    test.each([
      ["an empty group id", { group: "" }, "INVALID_GROUP_ID"],
      ["too short a session", { sessionTimeoutMs: 99 }, "INVALID_SESSION_TIMEOUT"],
      ["too long a session", { sessionTimeoutMs: 1_800_001 }, "INVALID_SESSION_TIMEOUT"],
      ["a member that nobody named", { memberId: "me" }, "UNKNOWN_MEMBER_ID"],
    ])("refuses %s", async (_, options, error) => {
      await using client = await site.connect();
      const group = await site.group();
      expect((await join(client, { group, ...options })).error).toBe(error);
    });

    test("refuses strangers, and members of another generation", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const member = await enterAlone(client, { group });
      const stranger = { ...member, memberId: "stranger" };
      const old = { ...member, generation: member.generation - 1 };
      expect({
        heartbeats: [await heartbeat(client, stranger), await heartbeat(client, old)],
        syncs: [(await sync(client, stranger)).error, (await sync(client, old)).error],
        protocol: (await sync(client, member, {}, "sticky")).error,
        leave: await leave(client, stranger),
        nowhere: await heartbeat(client, { ...member, group: site.name("nowhere") }),
      }).toEqual({
        heartbeats: ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"],
        syncs: ["UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"],
        protocol: "INCONSISTENT_GROUP_PROTOCOL",
        leave: "UNKNOWN_MEMBER_ID",
        nowhere: "UNKNOWN_MEMBER_ID",
      });
    });

    test("a member that says nothing for its session is out", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const member = await enterAlone(client, { group, sessionTimeoutMs: 300 });
      await groupIn(client, group, "Empty");
      expect(await heartbeat(client, member)).toBe("UNKNOWN_MEMBER_ID");
    });

    test("heartbeats keep a member in", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const member = await enterAlone(client, { group, sessionTimeoutMs: 2_000 });
      const started = performance.now();
      const answers = new Set<string>();
      await until(
        async () => answers.add(await heartbeat(client, member)),
        () => performance.now() - started > 2_600,
      );
      expect([...answers]).toEqual(["NONE"]);
    });

    test("a member that does not join again in time is left behind", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      const group = await site.group();
      const left = await enterAlone(one, { group, rebalanceTimeoutMs: 400 });
      const started = performance.now();
      const second = await enter(two, { group, rebalanceTimeoutMs: 400 });
      const waitedMs = performance.now() - started;
      expect([second.leader, second.generation, second.members.length]).toEqual([
        second.memberId,
        2,
        1,
      ]);
      expect(waitedMs).toBeGreaterThan(300);
      expect(await heartbeat(one, left)).toBe("UNKNOWN_MEMBER_ID");
    });

    test("a follower that joins again with nothing new stays, a leader asks for a rebalance", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      const group = await site.group();
      const { leader, follower } = await pair(one, two, group);
      const same = await join(two, follower);
      const rejoining = join(one, leader);
      await groupIn(two, group, "PreparingRebalance");
      const told = await heartbeat(two, follower);
      const both = await Promise.all([rejoining, join(two, follower)]);
      expect({
        same: [same.error, same.generation],
        told,
        generations: both.map(({ generation }) => generation),
      }).toEqual({ same: ["NONE", 2], told: "REBALANCE_IN_PROGRESS", generations: [3, 3] });
    });

    test("when the leader leaves before it has assigned, the others join again", async () => {
      await using one = await site.connect();
      await using two = await site.connect();
      await using three = await site.connect();
      const group = await site.group();
      const { leader, follower } = await pair(one, two, group, { hasAssignment: false });
      const waiting = sync(two, follower);
      const left = await leave(three, leader);
      const { error } = await waiting;
      const again = await join(two, follower);
      expect([left, error, again.leader, again.generation]).toEqual([
        "NONE",
        "REBALANCE_IN_PROGRESS",
        follower.memberId,
        3,
      ]);
    });

    test("members of before KIP-394 are in without being told an id first", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const { error, generation, memberId } = await join(client, { group, version: 3 });
      expect([error, generation, memberId.startsWith("raw-")]).toEqual(["NONE", 1, true]);
    });

    test("lists and deletes groups", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const member = await enterAlone(client, { group });
      const list = async (states: string[]) => {
        const asked = { statesFilter: states, typesFilter: [] };
        const { groups } = await client.call("listGroups", 5, asked);
        return groups
          .filter(({ groupId }) => groupId === group)
          .map(({ protocolType, groupState, groupType }) => [protocolType, groupState, groupType]);
      };
      const stable = [await list([]), await list(["Stable"]), await list(["Empty"])];
      const notEmpty = await deleteGroup(client, group);
      await leave(client, member);
      expect({
        stable,
        notEmpty,
        deleted: [await deleteGroup(client, group), await deleteGroup(client, group)],
        listed: await list([]),
        described: (await describeGroup(client, group)).state,
      }).toEqual({
        stable: [[["consumer", "Stable", "classic"]], [["consumer", "Stable", "classic"]], []],
        notEmpty: "NON_EMPTY_GROUP",
        deleted: ["NONE", "GROUP_ID_NOT_FOUND"],
        listed: [],
        described: "Dead",
      });
    });

    test.runIf(site.lab.has("describeGroups6"))("says that there is no such group", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const { groups } = await client.call("describeGroups", 6, { groups: [group] });
      expect(
        groups.map(({ errorCode, errorMessage, groupState }) => [
          errorName(errorCode),
          errorMessage,
          groupState,
        ]),
      ).toEqual([["GROUP_ID_NOT_FOUND", `Group ${group} not found.`, "Dead"]]);
    });
  });

  /** A leader and a follower, in generation 2. */
  async function pair(
    one: Awaited<ReturnType<Site["connect"]>>,
    two: typeof one,
    group: string,
    { hasAssignment = true } = {},
  ) {
    const first = await enterAlone(one, { group });
    const entering = enter(two, { group });
    await groupIn(one, group, "PreparingRebalance");
    const { generation } = await join(one, first);
    const { memberId } = await entering;
    const leader = { group, memberId: first.memberId, generation };
    const follower = { group, memberId, generation };
    if (hasAssignment) {
      await sync(one, leader, { [leader.memberId]: "half", [memberId]: "other half" });
      await sync(two, follower);
    }
    return { leader, follower };
  }
}
