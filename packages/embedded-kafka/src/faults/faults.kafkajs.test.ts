// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Partitioners, type Producer } from "kafkajs";
import { expect, test, vi } from "vitest";
import { consume } from "../kafkajs.testing.ts";
import type { Broker } from "../start-broker.ts";
import { createPatientClient, startQuietBroker } from "./faults.testing.ts";

async function connectedProducer(broker: Broker, options: { idempotent?: boolean } = {}) {
  const { idempotent = false } = options;
  const client = createPatientClient(broker.brokers, { requestTimeout: 300 });
  const producer = client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent,
    retry: { retries: 20, initialRetryTime: 10, maxRetryTime: 50 },
  });
  await producer.connect();
  return producer;
}

const send = (producer: Producer, value: string) =>
  producer.send({ topic: "t", messages: [{ value }] });

const highWatermark = (broker: Broker) =>
  broker.inspect().topics.t?.partitions.reduce((sum, { highWatermark }) => sum + highWatermark, 0);

test.each(["NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "REQUEST_TIMED_OUT"] as const)(
  "a producer of kafkajs tries again after %s, which changed nothing",
  async (error) => {
    await using broker = await startQuietBroker();
    const producer = await connectedProducer(broker);
    using fault = broker.faults.fail({ api: "Produce", error, times: 2 });
    await send(producer, "a");
    expect(fault.count).toBe(2);
    expect(highWatermark(broker)).toBe(1);
    await producer.disconnect();
  },
);

test("a producer writes twice what took effect although it was told of an error", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker);
  using _fault = broker.faults.fail({
    api: "Produce",
    error: "REQUEST_TIMED_OUT",
    handled: true,
    times: 1,
  });
  await send(producer, "a");
  expect(highWatermark(broker)).toBe(2);
  await producer.disconnect();
});

test.each([
  [
    "an error",
    (broker: Broker) =>
      broker.faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT", handled: true, times: 1 }),
  ],
  [
    "a broken connection",
    (broker: Broker) => broker.faults.drop({ api: "Produce", when: "after", times: 1 }),
  ],
])("an idempotent producer writes once what is acknowledged with %s", async (_what, strike) => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker, { idempotent: true });
  await send(producer, "a");
  using fault = strike(broker);
  await send(producer, "b");
  await send(producer, "c");
  expect(fault.count).toBe(1);
  expect(highWatermark(broker)).toBe(3);
  await producer.disconnect();
});

test("an idempotent producer writes once what a broker that hangs acknowledged to nobody", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker, { idempotent: true });
  await send(producer, "a");
  const fault = broker.faults.drop({ api: "Produce", when: "after", cut: false, times: 1 });
  const sending = send(producer, "b");
  await fault.struck;
  // kafkajs asks on the same connection again and again until it breaks.
  fault.remove();
  await sending;
  expect(highWatermark(broker)).toBe(2);
  await producer.disconnect();
});

test("a producer's record that is lost before it takes effect is sent again", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker);
  using fault = broker.faults.drop({ api: "Produce", times: 3 });
  await send(producer, "a");
  expect(fault.count).toBe(3);
  expect(highWatermark(broker)).toBe(1);
  await producer.disconnect();
});

test("a client waits until Metadata tells the leader", async () => {
  await using broker = await startQuietBroker();
  using fault = broker.faults.fail({
    api: "Metadata",
    error: "LEADER_NOT_AVAILABLE",
    topic: "t",
    times: 2,
  });
  const producer = await connectedProducer(broker);
  await send(producer, "a");
  expect(fault.count).toBe(2);
  await producer.disconnect();
});

test("a consumer joins its group again when a heartbeat says so", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker);
  const consumer = createPatientClient(broker.brokers).consumer({
    groupId: "g",
    heartbeatInterval: 20,
    maxWaitTimeInMs: 50,
  });
  const inbox = await consume(consumer, "t");
  await send(producer, "a");
  await inbox.has(1);
  const { generation = 0 } = broker.inspect().groups.g ?? {};
  using fault = broker.faults.fail({
    api: "Heartbeat",
    error: "REBALANCE_IN_PROGRESS",
    group: "g",
    times: 1,
  });
  await fault.struck;
  using rejoined = broker.faults.delay({ api: "SyncGroup", ms: 0, when: "after" });
  await rejoined.struck;
  expect(broker.inspect().groups.g?.generation).toBeGreaterThan(generation);
  await send(producer, "b");
  expect((await inbox.has(2)).at(-1)?.value).toBe("b");
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
});

test("a consumer goes on when the coordinator of its group moves", async () => {
  await using broker = await startQuietBroker({ brokers: 3 });
  const producer = await connectedProducer(broker);
  const consumer = createPatientClient(broker.brokers).consumer({
    groupId: "g",
    heartbeatInterval: 20,
    maxWaitTimeInMs: 50,
  });
  const inbox = await consume(consumer, "t");
  await send(producer, "a");
  await inbox.has(1);
  for (const value of ["b", "c", "d"]) {
    const coordinator = broker.faults.moveCoordinator({ group: "g" });
    using found = broker.faults.delay({
      api: "Heartbeat",
      ms: 0,
      when: "after",
      broker: coordinator,
    });
    await found.struck;
    await send(producer, value);
    // What a commit that failed was about comes again.
    await vi.waitFor(() => expect(inbox.values).toContain(value));
  }
  await consumer.disconnect();
  expect(broker.inspect().groups.g?.offsets.t?.[0]?.offset).toBe(4);
  await producer.disconnect();
});

test("producer and consumer follow a leader that moves", async () => {
  await using broker = await startQuietBroker({ brokers: 3 });
  const producer = await connectedProducer(broker, { idempotent: true });
  const consumer = createPatientClient(broker.brokers).consumer({
    groupId: "g",
    maxWaitTimeInMs: 50,
  });
  const inbox = await consume(consumer, "t");
  const leaders = [broker.inspect().topics.t?.partitions[0]?.leader];
  for (const value of ["a", "b", "c"]) {
    await send(producer, value);
    leaders.push(broker.faults.moveLeader({ topic: "t", partition: 0 }));
  }
  await inbox.has(3);
  expect(inbox.values).toEqual(["a", "b", "c"]);
  expect(leaders.every((leader, at) => leader !== leaders[at - 1])).toBe(true);
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
});

test("producer and consumer live through the stop and the start of each broker", async () => {
  await using broker = await startQuietBroker({ brokers: 3, minSessionTimeoutMs: 100 });
  const producer = await connectedProducer(broker, { idempotent: true });
  const consumer = createPatientClient(broker.brokers).consumer({
    groupId: "g",
    heartbeatInterval: 20,
    maxWaitTimeInMs: 50,
    // kafkajs looks for another coordinator only when it has given up this one, and then is a member
    // that the group does not know, while it still waits for the former one.
    sessionTimeout: 500,
    retry: { retries: 3, initialRetryTime: 10, maxRetryTime: 50 },
  });
  const inbox = await consume(consumer, "t");
  for (const id of [0, 1, 2]) {
    await using stopped = await broker.faults.stop(id);
    expect(broker.inspect().brokers[id]?.isRunning).toBe(false);
    await send(producer, `while ${stopped.id} is stopped`);
    await vi.waitFor(() => expect(inbox.values).toContain(`while ${id} is stopped`), 10_000);
  }
  expect(broker.inspect().brokers.every(({ isRunning }) => isRunning)).toBe(true);
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
});

test("clients come back after their connections are cut, and new ones refused", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker);
  await send(producer, "a");
  using fault = broker.faults.refuse({ times: 2 });
  expect(broker.faults.cut({ clientId: "somebody else" })).toBe(0);
  expect(broker.faults.cut({ clientId: "patient" })).toBeGreaterThan(0);
  await send(producer, "b");
  expect(fault.count).toBe(2);
  expect(highWatermark(broker)).toBe(2);
  await producer.disconnect();
});

test("an idempotent producer writes once what is acknowledged later than it waits", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker, { idempotent: true });
  await send(producer, "a");
  using fault = broker.faults.delay({ api: "Produce", ms: 400, when: "after", times: 1 });
  await send(producer, "b");
  expect(fault.count).toBe(1);
  expect(highWatermark(broker)).toBe(2);
  await producer.disconnect();
});

async function transactionalProducer(broker: Broker) {
  const producer = createPatientClient(broker.brokers).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: "x",
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  return producer;
}

test("transactions go on when their coordinator moves", async () => {
  await using broker = await startQuietBroker({ brokers: 3 });
  const producer = await transactionalProducer(broker);
  for (const value of ["a", "b", "c"]) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: "t", messages: [{ value }] });
    broker.faults.moveCoordinator({ transactionalId: "x" });
    await transaction.commit();
  }
  const { topics, transactions } = broker.inspect();
  expect(transactions.x?.state).toBe("CompleteCommit");
  // Each transaction is a record and the marker of its end.
  expect(topics.t?.partitions[0]).toMatchObject({ highWatermark: 6, lastStableOffset: 6 });
  await producer.disconnect();
});

test("a commit of which nobody is told is a commit, and the next producer goes on", async () => {
  await using broker = await startQuietBroker();
  const producer = await transactionalProducer(broker);
  const transaction = await producer.transaction();
  await transaction.send({ topic: "t", messages: [{ value: "a" }] });
  using fault = broker.faults.drop({
    api: "EndTxn",
    transactionalId: "x",
    when: "after",
    times: 1,
  });
  await expect(transaction.commit()).rejects.toThrow("Closed connection");
  expect(fault.count).toBe(1);
  expect(broker.inspect().transactions.x?.state).toBe("CompleteCommit");
  const next = await transactionalProducer(broker);
  const second = await next.transaction();
  await second.send({ topic: "t", messages: [{ value: "b" }] });
  await second.commit();
  expect(broker.inspect().topics.t?.partitions[0]?.lastStableOffset).toBe(4);
  await Promise.all([producer.disconnect(), next.disconnect()]);
});

test("a consumer's group forms although each of its requests fails at first", async () => {
  await using broker = await startQuietBroker();
  const producer = await connectedProducer(broker);
  await send(producer, "a");
  const faults = (
    [
      ["FindCoordinator", "COORDINATOR_NOT_AVAILABLE"],
      ["JoinGroup", "NOT_COORDINATOR"],
      ["SyncGroup", "REBALANCE_IN_PROGRESS"],
      ["OffsetFetch", "COORDINATOR_LOAD_IN_PROGRESS"],
      ["ListOffsets", "LEADER_NOT_AVAILABLE"],
      ["Fetch", "NOT_LEADER_OR_FOLLOWER"],
      ["OffsetCommit", "COORDINATOR_LOAD_IN_PROGRESS"],
    ] as const
  ).map(([api, error]) => ({ api, fault: broker.faults.fail({ api, error, times: 1 }) }));
  const consumer = createPatientClient(broker.brokers).consumer({
    groupId: "g",
    maxWaitTimeInMs: 50,
  });
  const inbox = await consume(consumer, "t");
  await inbox.has(1);
  await Promise.all(faults.map(({ fault }) => fault.struck));
  await send(producer, "b");
  await vi.waitFor(() => expect(broker.inspect().groups.g?.offsets.t?.[0]?.offset).toBe(2));
  expect(faults.filter(({ fault }) => fault.count !== 1)).toEqual([]);
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
});
