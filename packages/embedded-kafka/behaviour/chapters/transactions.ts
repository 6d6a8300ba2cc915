// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import {
  addPartitions,
  begin,
  end,
  initProducerId,
  produceIn,
  write,
} from "../transaction-wire.ts";
import { fetch, latest, listOffset, produce, until } from "../wire.ts";

/** Transactions as readers see them, and as producers end them. */
export function transactionsChapter(site: Site): void {
  describe.concurrent("transactions", () => {
    test("what is committed is read from then on, behind what was written before it", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      await write(client, producer, topic, ["a", "b"]);
      await produce(client, topic, batchOf(["outside"]));
      const open = await fetch(client, topic, { isCommittedOnly: true });
      const uncommitted = await fetch(client, topic);
      const ended = await end(client, producer, true);
      const done = await until(
        () => fetch(client, topic, { isCommittedOnly: true }),
        ({ lastStableOffset }) => lastStableOffset === 4,
      );
      const marker = done.batches.at(-1);
      expect({
        open: [open.values, open.highWatermark, open.lastStableOffset, open.aborted],
        uncommitted: [uncommitted.values, uncommitted.aborted],
        ended,
        done: [done.values, done.highWatermark, done.aborted],
        marker: marker && {
          offset: marker.baseOffset,
          isControl: marker.isControl,
          isTransactional: marker.isTransactional,
          producerId: marker.producerId,
          records: marker.records.map(({ key }) => key),
        },
      }).toEqual({
        open: [[], 3, 0, []],
        uncommitted: [["a", "b", "outside"], null],
        ended: "NONE",
        done: [["a", "b", "outside"], 4, []],
        marker: {
          offset: 3,
          isControl: true,
          isTransactional: true,
          producerId: producer.producerId,
          records: ["\0\0\0\x01"],
        },
      });
    });

    test("what is aborted is listed with its producer and first offset", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      const { producerId } = producer;
      await write(client, producer, topic, ["a"]);
      await produceIn(client, producer, topic, ["b"], { sequence: 1 });
      await end(client, producer, false);
      await until(
        () => fetch(client, topic),
        ({ lastStableOffset }) => lastStableOffset === 3,
      );
      await produce(client, topic, batchOf(["outside"]));
      const from = async (offset: number) => {
        const { aborted, values } = await fetch(client, topic, { offset, isCommittedOnly: true });
        return [values, aborted];
      };
      const aborted = [{ producerId, firstOffset: 0 }];
      expect([await from(0), await from(1), await from(3)]).toEqual([
        [["a", "b", "outside"], aborted],
        [["b", "outside"], aborted],
        [["outside"], []],
      ]);
    });

    test("the last stable offset is that of the first transaction that is open", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const one = await begin(client, await site.transactionalId());
      const two = await begin(client, await site.transactionalId());
      await write(client, one, topic, ["one"]);
      await write(client, two, topic, ["two"]);
      const stable = async () => {
        const options = { isCommittedOnly: true };
        return (await listOffset(client, topic, latest, options)).offset;
      };
      const both = await stable();
      await end(client, one, true);
      const second = await until(stable, (offset) => offset > both);
      await end(client, two, false);
      const none = await until(stable, (offset) => offset > second);
      const { aborted } = await fetch(client, topic, { isCommittedOnly: true });
      expect([both, second, none, aborted]).toEqual([
        0,
        1,
        4,
        [{ producerId: two.producerId, firstOffset: 1 }],
      ]);
    });

    test("one transaction spans partitions and topics", async () => {
      await using client = await site.connect();
      const topics = [await site.topic({ partitions: 2 }), await site.topic()] as const;
      const producer = await begin(client, await site.transactionalId());
      await write(client, producer, topics[0], ["a"]);
      await write(client, producer, topics[0], ["b"], { partition: 1 });
      await write(client, producer, topics[1], ["c"]);
      await end(client, producer, true);
      const read = async (topic: string, partition: number) => {
        const fetched = await until(
          () => fetch(client, topic, { partition, isCommittedOnly: true }),
          ({ lastStableOffset }) => lastStableOffset === 2,
        );
        return fetched.values;
      };
      const all = [await read(topics[0], 0), await read(topics[0], 1), await read(topics[1], 0)];
      expect(all).toEqual([["a"], ["b"], ["c"]]);
    });

    test("a producer that begins again fences the one before and aborts what it left", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const transactionalId = await site.transactionalId();
      const old = await begin(client, transactionalId);
      await write(client, old, topic, ["left"]);
      const current = await begin(client, transactionalId);
      const { aborted, lastStableOffset } = await until(
        () => fetch(client, topic, { isCommittedOnly: true }),
        (fetched) => fetched.lastStableOffset > 0,
      );
      expect({
        isSameId: current.producerId === old.producerId,
        isNewer: current.producerEpoch > old.producerEpoch,
        aborted,
        lastStableOffset,
        produce: (await produceIn(client, old, topic, ["x"], { sequence: 1 })).error,
        add: await addPartitions(client, old, topic),
        end: await end(client, old, true),
        init: (await initProducerId(client, { ...old })).error,
        current: await write(client, current, topic, ["next"]),
      }).toEqual({
        isSameId: true,
        isNewer: true,
        aborted: [{ producerId: old.producerId, firstOffset: 0 }],
        lastStableOffset: 2,
        produce: "INVALID_PRODUCER_EPOCH",
        add: ["PRODUCER_FENCED"],
        end: "PRODUCER_FENCED",
        init: "PRODUCER_FENCED",
        current: 2,
      });
    });

    test("a transaction that takes too long is aborted, and its producer is fenced", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId(), { timeoutMs: 1_500 });
      await write(client, producer, topic, ["late"]);
      const { aborted } = await until(
        () => fetch(client, topic, { isCommittedOnly: true }),
        ({ lastStableOffset }) => lastStableOffset === 2,
      );
      expect({
        aborted,
        end: await end(client, producer, true),
        produce: (await produceIn(client, producer, topic, ["x"], { sequence: 1 })).error,
        again: await write(client, await begin(client, producer.transactionalId), topic, ["y"]),
      }).toEqual({
        aborted: [{ producerId: producer.producerId, firstOffset: 0 }],
        end: "PRODUCER_FENCED",
        produce: "INVALID_PRODUCER_EPOCH",
        again: 2,
      });
    });
  });
}
