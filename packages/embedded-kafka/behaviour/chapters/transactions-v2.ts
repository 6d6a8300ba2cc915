// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { committed } from "../group-wire.ts";
import type { Site } from "../site.ts";
import {
  begin,
  describeTransaction,
  type ProducerIdentity,
  produceIn,
  retriable,
} from "../transaction-wire.ts";
import { errorName, fetch, only, until } from "../wire.ts";

/** Transactions whose every end raises the epoch (KIP-890, `transaction.version` 2). */
export function transactionsV2Chapter(site: Site): void {
  describe.skipIf(!site.lab.has("transactions2"))("transactions of version 2 (KIP-890)", () => {
    test("partitions are added by producing, and each end gives a new epoch", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const first = await begin(client, await site.transactionalId());
      const sent = await produceIn(client, first, topic, ["a"], { version: 12 });
      const { state, topics } = await describeTransaction(client, first.transactionalId);
      const second = await end(client, first, true);
      const again = await end(client, first, true);
      const next = { ...first, producerEpoch: second.producerEpoch };
      const old = await until(
        () => produceIn(client, first, topic, ["x"], { version: 12, sequence: 1 }),
        ({ error }) => !retriable.has(error),
      );
      await until(
        () => produceIn(client, next, topic, ["b"], { version: 12 }),
        ({ error }) => error === "NONE",
      );
      const third = await end(client, next, false);
      const done = await until(
        () => fetch(client, topic, { isCommittedOnly: true }),
        ({ lastStableOffset }) => lastStableOffset === 4,
      );
      expect({
        sent: sent.error,
        ongoing: [state, topics],
        ends: [second, again, third],
        old: old.error,
        aborted: done.aborted,
      }).toEqual({
        sent: "NONE",
        ongoing: ["Ongoing", [{ name: topic, partitions: [0] }]],
        ends: [
          { error: "NONE", producerId: first.producerId, producerEpoch: first.producerEpoch + 1 },
          { error: "NONE", producerId: first.producerId, producerEpoch: first.producerEpoch + 1 },
          { error: "NONE", producerId: first.producerId, producerEpoch: first.producerEpoch + 2 },
        ],
        old: "INVALID_PRODUCER_EPOCH",
        aborted: [{ producerId: first.producerId, firstOffset: 2 }],
      });
    });

    test("offsets are added by committing them", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const group = await site.group();
      const producer = await begin(client, await site.transactionalId());
      const { topics } = await until(
        () =>
          client.call("txnOffsetCommit", 5, {
            ...producer,
            groupId: group,
            topics: [
              {
                name: topic,
                partitions: [{ index: 0, committedOffset: 9n, committedMetadata: null }],
              },
            ],
          }),
        (answer) => !retriable.has(errorName(only(only(answer.topics).partitions).errorCode)),
      );
      const ended = await end(client, producer, true);
      const { offset } = await until(
        () => committed(client, group, topic, { requireStable: true }),
        ({ error }) => error === "NONE",
      );
      expect([errorName(only(only(topics).partitions).errorCode), ended.error, offset]).toEqual([
        "NONE",
        "NONE",
        9,
      ]);
    });

    test("aborting what has not begun gives a new epoch too, committing it is refused", async () => {
      await using client = await site.connect();
      const producer = await begin(client, await site.transactionalId());
      const committed = await end(client, producer, true);
      const aborted = await end(client, producer, false);
      expect([committed.error, aborted.error, aborted.producerEpoch]).toEqual([
        "INVALID_TXN_STATE",
        "NONE",
        producer.producerEpoch + 1,
      ]);
    });
  });
}

async function end(client: RawClient, producer: ProducerIdentity, committed: boolean) {
  const { errorCode, producerId, producerEpoch } = await until(
    () => client.call("endTxn", 5, { ...producer, committed }),
    (answer) => !retriable.has(errorName(answer.errorCode)),
  );
  return { error: errorName(errorCode), producerId, producerEpoch };
}
