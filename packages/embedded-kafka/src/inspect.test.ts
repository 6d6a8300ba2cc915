// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { assigned, consume, createClient } from "./kafkajs.testing.ts";
import { RawClient } from "./raw-client.testing.ts";
import { startBroker } from "./start-broker.ts";

test("inspect() tells of brokers and their connections", async () => {
  await using broker = await startBroker({
    brokers: 2,
    listeners: [{}, { name: "SECURE", sasl: ["PLAIN"] }],
    users: [{ name: "app", password: "app-secret" }],
  });
  const admin = createClient(broker.addresses("SECURE").slice(0, 1), {
    clientId: "inspected",
    sasl: { mechanism: "plain", username: "app", password: "app-secret" },
  }).admin();
  await admin.connect();
  expect(broker.inspect().brokers).toEqual([
    {
      id: 0,
      isRunning: true,
      addresses: { PLAINTEXT: broker.brokers[0], SECURE: broker.addresses("SECURE")[0] },
      connections: [
        { clientId: "inspected", host: "127.0.0.1", listener: "SECURE", principal: "User:app" },
      ],
    },
    {
      id: 1,
      isRunning: true,
      addresses: { PLAINTEXT: broker.brokers[1], SECURE: broker.addresses("SECURE")[1] },
      connections: [],
    },
  ]);
  await admin.disconnect();
});

test("inspect() tells of topics, groups and what they have committed", async () => {
  await using broker = await startBroker({
    topics: [{ name: "t", partitions: 2, configs: { "retention.ms": "60000" } }],
  });
  expect(broker.inspect()).toMatchObject({ groups: {}, transactions: {} });
  const client = createClient(broker.brokers);
  const producer = client.producer();
  await producer.connect();
  const messages = [{ value: "a" }, { value: "b" }];
  await producer.send({
    topic: "t",
    messages: messages.map((each) => ({ ...each, partition: 1 })),
  });
  const consumer = client.consumer({ groupId: "g", maxWaitTimeInMs: 50 });
  const joined = assigned(consumer, "t");
  const inbox = await consume(consumer, "t");
  await joined;
  await inbox.has(2);
  await using raw = await RawClient.connect(broker);
  const offset = { index: 1, committedOffset: 2n, committedMetadata: "here" };
  await raw.call("offsetCommit", 2, {
    groupId: "h",
    memberId: "",
    topics: [{ name: "t", partitions: [offset] }],
  });

  const { topics, groups } = broker.inspect();
  expect(topics).toEqual({
    t: {
      id: expect.stringMatching(/^[\w-]{22}$/),
      configs: { "retention.ms": "60000" },
      partitions: [
        expect.objectContaining({ highWatermark: 0, lastStableOffset: 0, sizeBytes: 0 }),
        {
          leader: 0,
          leaderEpoch: 0,
          replicas: [0],
          inSyncReplicas: [0],
          logStartOffset: 0,
          highWatermark: 2,
          lastStableOffset: 2,
          sizeBytes: expect.toSatisfy((bytes) => bytes > 61),
        },
      ],
    },
  });
  expect(groups.h).toEqual({
    kind: "classic",
    state: "Empty",
    protocolType: expect.any(String),
    protocolName: "",
    generation: 0,
    members: [],
    offsets: { t: { 1: { offset: 2, metadata: "here" } } },
  });
  expect(groups).toMatchObject({
    g: {
      kind: "classic",
      state: "Stable",
      protocolType: "consumer",
      protocolName: "RoundRobinAssigner",
      generation: 1,
      members: [
        {
          memberId: expect.stringMatching(/^test-/),
          groupInstanceId: null,
          clientId: "test",
          clientHost: "127.0.0.1",
          assignment: { t: [0, 1] },
        },
      ],
    },
  });
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  expect(broker.inspect().groups.g).toMatchObject({ state: "Empty", members: [] });
});

test("inspect() tells of transactions, open and ended", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  const producer = createClient(broker.brokers).producer({
    transactionalId: "x",
    maxInFlightRequests: 1,
    idempotent: true,
    transactionTimeout: 20_000,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: "t", messages: [{ value: "a" }] });
  await transaction.sendOffsets({
    consumerGroupId: "g",
    topics: [{ topic: "t", partitions: [{ partition: 0, offset: "1" }] }],
  });
  const open = broker.inspect();
  expect(open.transactions).toEqual({
    x: {
      state: "Ongoing",
      producerId: expect.any(Number),
      producerEpoch: 0,
      timeoutMs: 20_000,
      partitions: { t: [0] },
      groups: ["g"],
    },
  });
  expect(open.topics.t?.partitions[0]).toMatchObject({ highWatermark: 1, lastStableOffset: 0 });
  expect(open.groups.g?.offsets ?? {}).toEqual({});
  await transaction.commit();
  const ended = broker.inspect();
  expect(ended.transactions.x).toMatchObject({ state: "CompleteCommit", partitions: {} });
  expect(ended.topics.t?.partitions[0]).toMatchObject({ highWatermark: 2, lastStableOffset: 2 });
  expect(ended.groups.g?.offsets).toEqual({ t: { 0: { offset: 1, metadata: "" } } });
  await producer.disconnect();
});

test("inspect() keeps topics and groups with names of JavaScript's own", async () => {
  await using broker = await startBroker({ topics: [{ name: "__proto__" }, { name: "toString" }] });
  const { topics } = broker.inspect();
  expect(Object.keys(topics)).toEqual(["__proto__", "toString"]);
  expect(Object.getPrototypeOf(topics)).toBe(Object.prototype);
});
