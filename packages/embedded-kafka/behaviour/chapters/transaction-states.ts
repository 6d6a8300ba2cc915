// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { Site } from "../site.ts";
import {
  addPartitions,
  begin,
  describeTransaction,
  end,
  initProducerId,
  produceIn,
  write,
} from "../transaction-wire.ts";
import { errorName, fetch, only, until } from "../wire.ts";

/** What the coordinator of transactions lets producers do, and what it tells of them. */
export function transactionStatesChapter(site: Site): void {
  describe.concurrent("states of transactions", () => {
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
