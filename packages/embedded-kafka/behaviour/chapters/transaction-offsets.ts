// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { commit, committed, enterAlone, leave } from "../group-wire.ts";
import type { Site } from "../site.ts";
import { addOffsets, begin, commitIn, end } from "../transaction-wire.ts";
import { until } from "../wire.ts";

/** Offsets that are committed with a transaction. */
export function transactionOffsetsChapter(site: Site): void {
  describe.concurrent("offsets in transactions", () => {
    test("offsets count from the commit on, and never after an abort", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const group = await site.group();
      const producer = await begin(client, await site.transactionalId());
      await commit(client, { group }, topic, 1);
      const offset = async () => (await committed(client, group, topic)).offset;
      const seen: unknown[] = [];
      for (const [at, isCommitted] of [
        [5, false],
        [7, true],
      ] as const) {
        const added = await addOffsets(client, producer, group);
        const sent = await commitIn(client, producer, { group, topic, offset: at });
        const unstable = await committed(client, group, topic, { requireStable: true });
        const before = await offset();
        const ended = await end(client, producer, isCommitted);
        await until(
          () => committed(client, group, topic, { requireStable: true }),
          ({ error }) => error === "NONE",
        );
        seen.push([added, sent, unstable.error, unstable.offset, before, ended, await offset()]);
      }
      expect(seen).toEqual([
        ["NONE", "NONE", "UNSTABLE_OFFSET_COMMIT", -1, 1, "NONE", 1],
        ["NONE", "NONE", "UNSTABLE_OFFSET_COMMIT", -1, 1, "NONE", 7],
      ]);
    });

    test("offsets are taken from members of the present generation alone (KIP-447)", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const group = await site.group();
      const member = await enterAlone(client, { group, instanceId: "pod-0" });
      const { memberId, generation } = member;
      const present = { group, topic, offset: 1, memberId, generation, instanceId: "pod-0" };
      const producer = await begin(client, await site.transactionalId());
      await addOffsets(client, producer, group);
      const send = (options: Partial<typeof present>) =>
        commitIn(client, producer, { ...present, ...options });
      const errors = [
        await send({}),
        await send({ generation: generation + 1 }),
        await send({ memberId: "stranger", instanceId: "pod-1" }),
        await send({ memberId: "stranger" }),
        await commitIn(client, producer, { group, topic, offset: 2 }),
      ];
      await end(client, producer, true);
      await leave(client, member);
      expect(errors).toEqual([
        "NONE",
        "ILLEGAL_GENERATION",
        "UNKNOWN_MEMBER_ID",
        "FENCED_INSTANCE_ID",
        "NONE",
      ]);
    });
  });
}
