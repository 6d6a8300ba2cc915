// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { initProducerId, retriable } from "../transaction-wire.ts";
import { fetch, produce, until } from "../wire.ts";

/** Producers whose retries are written once (KIP-98). */
export function idempotenceChapter(site: Site): void {
  describe("idempotent producers", () => {
    test("get ids of their own", async () => {
      await using client = await site.connect();
      const answers = [await newProducer(client), await newProducer(client)];
      expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(2);
      expect(answers.map(({ producerEpoch }) => producerEpoch)).toEqual([0, 0]);
    });

    test("are answered again for the last five batches, which are written once", async () => {
      const send = await sender();
      const sent: unknown[] = [];
      for (const sequence of [0, 2, 4, 6, 8, 10]) sent.push(await send(sequence, 2));
      const again: unknown[] = [];
      for (const sequence of [10, 6, 2, 0]) again.push(await send(sequence, 2));
      expect([sent, again, await send.count()]).toEqual([
        [0, 2, 4, 6, 8, 10].map((offset) => ["NONE", offset]),
        [
          ["NONE", 10],
          ["NONE", 6],
          ["NONE", 2],
          ["OUT_OF_ORDER_SEQUENCE_NUMBER", -1],
        ],
        12,
      ]);
    });

    test("are refused a gap, and a batch that overlaps another", async () => {
      const send = await sender();
      const answers = [
        await send(0, 3),
        await send(4, 1),
        await send(1, 3),
        await send(0, 2),
        await send(3, 1),
      ];
      expect([answers.map(([error]) => error), await send.count()]).toEqual([
        [
          "NONE",
          "OUT_OF_ORDER_SEQUENCE_NUMBER",
          "OUT_OF_ORDER_SEQUENCE_NUMBER",
          "OUT_OF_ORDER_SEQUENCE_NUMBER",
          "NONE",
        ],
        4,
      ]);
    });

    test("begin at sequence 0 with a new epoch, and the old one is refused", async () => {
      const send = await sender();
      const answers = [
        await send(0, 1, 0),
        await send(1, 1, 1),
        await send(0, 1, 1),
        await send(1, 1, 0),
        await send(1, 1, 1),
      ];
      expect(answers.map(([error]) => error)).toEqual([
        "NONE",
        "OUT_OF_ORDER_SEQUENCE_NUMBER",
        "NONE",
        "INVALID_PRODUCER_EPOCH",
        "NONE",
      ]);
    });

    test("may come to a partition with any sequence when nothing is known of them", async () => {
      const send = await sender();
      expect([await send(5, 1), await send(6, 1), await send(8, 1)]).toEqual([
        ["NONE", 0],
        ["NONE", 1],
        ["OUT_OF_ORDER_SEQUENCE_NUMBER", -1],
      ]);
    });

    test("go on at 0 after the highest sequence", async () => {
      const send = await sender();
      const highest = 2 ** 31 - 1;
      expect([
        await send(highest - 1, 1),
        await send(highest, 2),
        await send(1, 1),
        await send(highest, 2),
      ]).toEqual([
        ["NONE", 0],
        ["NONE", 1],
        ["NONE", 3],
        ["NONE", 1],
      ]);
    });

    test("are refused without a sequence", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const { producerId } = await newProducer(client);
      const batch = batchOf(["x"], { producerId, producerEpoch: 0 });
      expect((await produce(client, topic, batch)).error).toBe("INVALID_RECORD");
    });
  });

  /** Sends batches of a new producer to a new topic; gives the error and the base offset. */
  async function sender() {
    const topic = await site.topic();
    await using first = await site.connect();
    const { producerId } = await newProducer(first);
    const send = async (baseSequence: number, count: number, producerEpoch = 0) => {
      await using client = await site.connect();
      const options = { producerId, producerEpoch, baseSequence };
      const batch = batchOf(Array(count).fill("x"), options);
      const { error, baseOffset } = await produce(client, topic, batch);
      return [error, baseOffset] as const;
    };
    const count = async () => {
      await using client = await site.connect();
      return (await fetch(client, topic)).highWatermark;
    };
    return Object.assign(send, { count });
  }
}

/** Ids are handed out in blocks, which a broker fetches when it has none. */
function newProducer(client: RawClient) {
  return until(
    () => initProducerId(client),
    ({ error }) => !retriable.has(error),
  );
}
