// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import type { Broker } from "../start-broker.ts";
import { startQuietBroker } from "./faults.testing.ts";

/** A Fetch that waits for records, until some are produced. */
async function startFetch(broker: Broker, clock: ManualClock, client: RawClient) {
  const partitions = [{ index: 0, fetchOffset: 0n, maxBytes: 1_000 }];
  const wait = { replicaId: -1, maxWaitMs: 60_000, minBytes: 1, maxBytes: 1_000 };
  const answer = client
    .call("fetch", 4, { ...wait, isolationLevel: 0, topics: [{ name: "t", partitions }] })
    .then(({ topics }) => topics[0]?.partitions[0]?.highWatermark)
    .catch(() => "cut");
  await vi.waitUntil(() => clock.timers === 1, { interval: 1 });
  return async () => {
    await using producer = await RawClient.connect(broker);
    const records = createBatch({ values: ["v"] });
    const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
    await producer.call("produce", 7, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1_000,
      topics,
    });
    return answer;
  };
}

test("drop() without a cut breaks the connection when it is removed before the answer is there", async () => {
  const clock = new ManualClock();
  await using broker = await startQuietBroker({ clock });
  await using client = await RawClient.connect(broker);
  const fault = broker.faults.drop({ api: "Fetch", when: "after", cut: false });
  const finish = await startFetch(broker, clock, client);
  fault.remove();
  expect(await finish()).toBe("cut");
});

test("delay() of answers holds none when it is removed before the answer is there", async () => {
  const clock = new ManualClock();
  await using broker = await startQuietBroker({ clock });
  await using client = await RawClient.connect(broker);
  const fault = broker.faults.delay({ api: "Fetch", when: "after", ms: 1_000 });
  const finish = await startFetch(broker, clock, client);
  fault.remove();
  expect([await finish(), clock.timers]).toEqual([1n, 0]);
});

test("StoppedBroker.restart() can be tried again when the port was taken", async () => {
  await using broker = await startQuietBroker();
  const stopped = await broker.faults.stop(0);
  const other = createServer().listen(broker.port, broker.host);
  await once(other, "listening");
  await expect(stopped.restart()).rejects.toMatchObject({ code: "address_in_use" });
  other.close();
  await once(other, "close");
  await stopped.restart();
  await stopped.restart();
  await using client = await RawClient.connect(broker);
  expect(await client.call("metadata", 1, { topics: [] })).toMatchObject({
    brokers: [{ nodeId: 0 }],
  });
});
