// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { errorName, produce } from "../wire.ts";

/** Incremental fetches (KIP-227). */
export function fetchSessionsChapter(site: Site): void {
  describe("fetch sessions", () => {
    test("a session answers only for partitions that have something to say", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ partitions: 3 });
      const all = await ask(client, { epoch: 0 }, { [topic]: { 0: 0, 1: 0, 2: 0 } });
      const { id } = all;
      await produce(client, topic, batchOf(["x"]), { partition: 1 });
      const changed = await ask(client, { id, epoch: 1 });
      const moved = await ask(client, { id, epoch: 2 }, { [topic]: { 1: 1 } });
      await produce(client, topic, batchOf(["y"]), { partition: 0 });
      await produce(client, topic, batchOf(["y"]), { partition: 1 });
      const forgotten = await ask(client, { id, epoch: 3 }, {}, { [topic]: [0] });
      expect({
        isSession: id !== 0,
        answers: [all, changed, moved, forgotten].map(({ partitions }) => partitions),
        ids: [changed, moved, forgotten].map((answer) => answer.id === id),
      }).toEqual({
        isSession: true,
        answers: [[`${topic}-0`, `${topic}-1`, `${topic}-2`], [`${topic}-1`], [], [`${topic}-1`]],
        ids: [true, true, true],
      });
    });

    test("an unknown session and a wrong epoch are refused", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const { id } = await ask(client, { epoch: 0 }, { [topic]: { 0: 0 } });
      const answers = [
        await ask(client, { id: id ^ 0x55, epoch: 1 }),
        await ask(client, { id, epoch: 5 }),
        await ask(client, { id, epoch: 1 }),
      ];
      expect(answers.map(({ error }) => error)).toEqual([
        "FETCH_SESSION_ID_NOT_FOUND",
        "INVALID_FETCH_SESSION_EPOCH",
        "NONE",
      ]);
    });

    test("a fetch with epoch -1 ends the session and begins none", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const { id } = await ask(client, { epoch: 0 }, { [topic]: { 0: 0 } });
      const last = await ask(client, { id, epoch: -1 }, { [topic]: { 0: 0 } });
      const after = await ask(client, { id, epoch: 1 });
      expect([last.error, last.id, after.error]).toEqual(["NONE", 0, "FETCH_SESSION_ID_NOT_FOUND"]);
    });
  });
}

/** Fetches in a session; gives the partitions that were answered. */
async function ask(
  client: RawClient,
  session: { id?: number; epoch: number },
  topics: Record<string, Record<number, number>> = {},
  forgotten: Record<string, number[]> = {},
) {
  const answer = await client.call("fetch", 11, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionId: session.id ?? 0,
    sessionEpoch: session.epoch,
    topics: Object.entries(topics).map(([name, offsets]) => ({
      name,
      partitions: Object.entries(offsets).map(([index, offset]) => ({
        index: Number(index),
        fetchOffset: BigInt(offset),
        maxBytes: 2 ** 20,
      })),
    })),
    forgottenTopics: Object.entries(forgotten).map(([name, partitions]) => ({ name, partitions })),
  });
  return {
    error: errorName(answer.errorCode),
    id: answer.sessionId,
    partitions: answer.topics
      .flatMap(({ name, partitions }) => partitions.map(({ index }) => `${name}-${index}`))
      .sort(),
  };
}
