// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { commit, committed, enterAlone, leave } from "../group-wire.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import {
  addOffsets,
  addPartitions,
  begin,
  commitIn,
  describeTransaction,
  end,
  initProducerId,
  produceIn,
  write,
} from "../transaction-wire.ts";
import { errorName, fetch, latest, listOffset, only, produce, until } from "../wire.ts";

/** Transactions as clients of before KIP-890 have them, which all brokers know. */
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
      const producer = await begin(client, await site.transactionalId(), { timeoutMs: 300 });
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

    test("ending is done once, and only of what has begun", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      const empty = [await end(client, producer, true), await end(client, producer, false)];
      await write(client, producer, topic, ["a"]);
      const ended = [
        await end(client, producer, true),
        await end(client, producer, true),
        await end(client, producer, false),
      ];
      const unknown = await end(
        client,
        { ...producer, transactionalId: await site.transactionalId() },
        true,
      );
      const other = await end(client, { ...producer, producerId: producer.producerId + 1n }, true);
      const newer = { ...producer, producerEpoch: producer.producerEpoch + 1 };
      expect([empty, ended, unknown, other, await end(client, newer, true)]).toEqual([
        ["INVALID_TXN_STATE", "INVALID_TXN_STATE"],
        ["NONE", "NONE", "INVALID_TXN_STATE"],
        "INVALID_PRODUCER_ID_MAPPING",
        "INVALID_PRODUCER_ID_MAPPING",
        "PRODUCER_FENCED",
      ]);
    });

    test.each([
      ["an empty id", { transactionalId: "" }, "INVALID_REQUEST"],
      ["no time", { timeoutMs: 0 }, "INVALID_TRANSACTION_TIMEOUT"],
      ["too much time", { timeoutMs: 900_001 }, "INVALID_TRANSACTION_TIMEOUT"],
    ])("refuses %s", async (_, options, error) => {
      await using client = await site.connect();
      const asked = { transactionalId: await site.transactionalId(), ...options };
      expect((await initProducerId(client, asked)).error).toBe(error);
    });

    test("adds all partitions of a request or none", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      const errors = [
        await addPartitions(client, producer, topic, [0, 5]),
        await addPartitions(client, producer, "nobody-made-this"),
      ];
      const { state } = await describeTransaction(client, producer.transactionalId);
      expect([errors, state]).toEqual([
        [["OPERATION_NOT_ATTEMPTED", "UNKNOWN_TOPIC_OR_PARTITION"], ["UNKNOWN_TOPIC_OR_PARTITION"]],
        "Empty",
      ]);
    });

    test("refuses to append to a partition that is not in the transaction", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      const { error } = await produceIn(client, producer, topic, ["x"]);
      expect([error, (await fetch(client, topic)).highWatermark]).toEqual(["INVALID_TXN_STATE", 0]);
    });

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

    test("can be looked at: by their ids, and by what they wrote to", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const transactionalId = await site.transactionalId();
      const producer = await begin(client, transactionalId, { timeoutMs: 50_000 });
      const { producerId, producerEpoch } = producer;
      await write(client, producer, topic, ["a", "b"]);
      const described = await describeTransaction(client, transactionalId);
      const filters = { stateFilters: ["Ongoing", "Bogus"], producerIdFilters: [producerId] };
      const listed = await client.call("listTransactions", 1, filters);
      const writers = await client.call("describeProducers", 0, {
        topics: [{ name: topic, partitions: [0] }],
      });
      const writer = only(only(only(writers.topics).partitions).activeProducers);
      await end(client, producer, true);
      const after = await until(
        () => describeTransaction(client, transactionalId),
        ({ state }) => state === "CompleteCommit",
      );
      expect({
        described,
        listed: [listed.transactionStates, listed.unknownStateFilters],
        writer: {
          ...writer,
          lastTimestamp: writer.lastTimestamp > 0n,
        },
        after: [after.state, after.topics],
        unknown: (await describeTransaction(client, await site.transactionalId())).error,
      }).toEqual({
        described: {
          error: "NONE",
          state: "Ongoing",
          timeoutMs: 50_000,
          hasStart: true,
          producerId,
          producerEpoch,
          topics: [{ name: topic, partitions: [0] }],
        },
        listed: [[{ transactionalId, producerId, transactionState: "Ongoing" }], ["Bogus"]],
        writer: {
          producerId,
          producerEpoch,
          lastSequence: 1,
          lastTimestamp: true,
          coordinatorEpoch: -1,
          currentTxnStartOffset: 0n,
        },
        after: ["CompleteCommit", []],
        unknown: "TRANSACTIONAL_ID_NOT_FOUND",
      });
    });

    test("a producer asks for a new epoch by its old one (KIP-360)", async () => {
      await using client = await site.connect();
      const transactionalId = await site.transactionalId();
      const { producerId, producerEpoch } = await begin(client, transactionalId);
      const bump = (epoch: number, version = 4) =>
        initProducerId(client, { transactionalId, producerId, producerEpoch: epoch, version });
      const bumped = await bump(producerEpoch);
      const again = await bump(producerEpoch);
      const next = await bump(bumped.producerEpoch);
      const stale = [await bump(producerEpoch), await bump(producerEpoch, 3)];
      expect({
        epochs: [producerEpoch, bumped.producerEpoch, again.producerEpoch, next.producerEpoch],
        stale: stale.map(({ error }) => error),
        other: (
          await initProducerId(client, {
            transactionalId,
            producerId: producerId + 1n,
            producerEpoch,
          })
        ).error,
        without: (await initProducerId(client, { producerId, producerEpoch })).error,
        half: errorName(
          (
            await client.call("initProducerId", 4, {
              transactionalId,
              transactionTimeoutMs: 1_000,
              producerId,
              producerEpoch: -1,
            })
          ).errorCode,
        ),
      }).toEqual({
        epochs: [0, 1, 1, 2],
        stale: ["PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"],
        other: "PRODUCER_FENCED",
        without: "NONE",
        half: "INVALID_REQUEST",
      });
    });
  });
}
