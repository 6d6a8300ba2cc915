// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { describeGroup, enterAlone, heartbeat, join, leave, sync } from "../group-wire.ts";
import type { Site } from "../site.ts";

/** Members that keep their place while they are away. */
export function staticMembersChapter(site: Site): void {
  describe.concurrent("static members (KIP-345)", () => {
    test("one that comes again takes its place and its assignment, without a rebalance", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const before = await enterAlone(client, { group, instanceId: "pod-0" });
      const after = await join(client, { group, instanceId: "pod-0" });
      const now = { ...before, memberId: after.memberId, generation: after.generation };
      expect({
        after: [after.error, after.generation, after.memberId === before.memberId],
        skipsAssignment: after.skipsAssignment,
        synced: await sync(client, now),
        now: await heartbeat(client, now),
        old: await heartbeat(client, before),
        oldJoins: (await join(client, before)).error,
        oldSyncs: (await sync(client, before)).error,
        oldLeaves: await leave(client, before),
      }).toEqual({
        after: ["NONE", 1, false],
        skipsAssignment: true,
        synced: { error: "NONE", assignment: "all" },
        now: "NONE",
        old: "FENCED_INSTANCE_ID",
        oldJoins: "FENCED_INSTANCE_ID",
        oldSyncs: "FENCED_INSTANCE_ID",
        oldLeaves: "FENCED_INSTANCE_ID",
      });
    });

    test("one that comes again asks for a rebalance only if that changes the protocol", async () => {
      await using client = await site.connect();
      const group = await site.group();
      const instanceId = "pod-0";
      await enterAlone(client, { group, instanceId, protocols: { range: "a", sticky: "a" } });
      const joined: unknown[] = [];
      for (const names of [
        ["range", "sticky"],
        ["sticky", "range"],
      ]) {
        const protocols = Object.fromEntries(names.map((name) => [name, "b"]));
        const answer = await join(client, { group, instanceId, protocols });
        const { memberId, generation, protocol } = answer;
        await sync(
          client,
          { group, instanceId, memberId, generation },
          { [memberId]: "" },
          protocol,
        );
        joined.push([generation, protocol]);
      }
      expect(joined).toEqual([
        [1, "range"],
        [2, "sticky"],
      ]);
    });

    test("one is put out by its instance id alone", async () => {
      await using client = await site.connect();
      const group = await site.group();
      await enterAlone(client, { group, instanceId: "pod-0" });
      const left = [
        await leave(client, { group, instanceId: "pod-1" }),
        await leave(client, { group, instanceId: "pod-0" }),
      ];
      const { state } = await describeGroup(client, group);
      expect([left, state]).toEqual([["UNKNOWN_MEMBER_ID", "NONE"], "Empty"]);
    });
  });
}
