// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompressionTypes, type Consumer, type Producer } from "kafkajs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assigned, consume, createClient } from "./kafkajs.testing.ts";
import { RawClient } from "./raw-client.testing.ts";
import { startBroker } from "./start-broker.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function connected<T extends Producer | Consumer>(client: T): Promise<T & AsyncDisposable> {
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.disconnect() });
}

function disposed<T extends Consumer>(consumer: T): T & AsyncDisposable {
  return Object.assign(consumer, { [Symbol.asyncDispose]: () => consumer.disconnect() });
}

test.each([
  ["none", CompressionTypes.None],
  ["gzip", CompressionTypes.GZIP],
])("startBroker() serves kafkajs what it produced with compression %s", async (_, compression) => {
  await using broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
  const kafka = createClient(broker.brokers);
  await using producer = await connected(kafka.producer());
  const sent = await producer.send({
    topic: "video",
    compression,
    messages: [
      { key: "k", value: "one", headers: { trace: "1" }, partition: 2, timestamp: "1700000000000" },
      { key: null, value: null, partition: 2, timestamp: "1700000000001" },
    ],
  });
  await using consumer = disposed(kafka.consumer({ groupId: "g", maxWaitTimeInMs: 100 }));
  await consumer.connect();
  await consumer.subscribe({ topic: "video", fromBeginning: true });
  const received: unknown[] = [];
  const done = Promise.withResolvers<void>();
  await consumer.run({
    async eachMessage({ partition, message: { key, value, headers, offset, timestamp } }) {
      const trace = headers?.trace?.toString();
      received.push([partition, offset, key?.toString(), value?.toString(), trace, timestamp]);
      if (received.length === 2) done.resolve();
    },
  });
  await done.promise;
  expect({ sent, received }).toEqual({
    sent: [
      {
        topicName: "video",
        partition: 2,
        errorCode: 0,
        baseOffset: "0",
        logAppendTime: "-1",
        logStartOffset: "0",
      },
    ],
    received: [
      [2, "0", "k", "one", "1", "1700000000000"],
      [2, "1", undefined, undefined, undefined, "1700000000001"],
    ],
  });
});

test("startBroker() keeps order and loses nothing when an idempotent producer sends much", async () => {
  await using broker = await startBroker({ dataDir, topics: [{ name: "t" }] });
  const kafka = createClient(broker.brokers);
  await using producer = await connected(kafka.producer({ idempotent: true }));
  const values = Array.from({ length: 2_000 }, (_, at) => `${at}`);
  for (let at = 0; at < values.length; at += 100) {
    await producer.send({
      topic: "t",
      messages: values.slice(at, at + 100).map((value) => ({ value })),
    });
  }
  await using consumer = disposed(kafka.consumer({ groupId: "g", maxBytesPerPartition: 5_000 }));
  const inbox = await consume(consumer, "t");
  await inbox.has(values.length);
  expect(inbox.values).toEqual(values);
});

test("startBroker() shares partitions among a group's consumers as they come and go", async () => {
  await using broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
  const kafka = createClient(broker.brokers);
  const options = { groupId: "stream", heartbeatInterval: 50, maxWaitTimeInMs: 50 };
  const first = disposed(kafka.consumer(options));
  await using second = disposed(kafka.consumer(options));
  const alone = assigned(first, "video");
  const firstInbox = await consume(first, "video");
  const before = await alone;
  const shared = [assigned(first, "video"), assigned(second, "video")];
  const secondInbox = await consume(second, "video");
  const halves = await Promise.all(shared);
  const left = assigned(second, "video");
  await using producer = await connected(kafka.producer());
  const messages = [0, 1, 2, 3].map((partition) => ({ value: `${partition}`, partition }));
  await producer.send({ topic: "video", messages });
  await Promise.all([firstInbox.has(2), secondInbox.has(2)]);
  await first.disconnect();
  const after = await left;
  expect({
    before,
    halves: halves.map((half) => half.length),
    all: halves.flat().sort(),
    after: after.sort(),
    received: [...firstInbox.values, ...secondInbox.values].sort(),
  }).toEqual({
    before: [0, 1, 2, 3],
    halves: [2, 2],
    all: [0, 1, 2, 3],
    after: [0, 1, 2, 3],
    received: ["0", "1", "2", "3"],
  });
});

test("startBroker() finds topics, records and committed offsets again when it was closed", async () => {
  const topics = [{ name: "video", partitions: 2 }];
  const before = await startBroker({ dataDir, topics });
  const client = createClient(before.brokers);
  const producer = await connected(client.producer());
  const send = (from: Producer, ...values: string[]) =>
    from.send({ topic: "video", messages: values.map((value) => ({ value, partition: 1 })) });
  await send(producer, "a", "b");
  const consumer = client.consumer({ groupId: "g", maxWaitTimeInMs: 50 });
  await (await consume(consumer, "video")).has(2);
  await consumer.disconnect(); // Commits what it has seen.
  await send(producer, "c");
  await producer.disconnect();
  await before.close();

  await using after = await startBroker({ dataDir, topics });
  const kafka = createClient(after.brokers);
  await using again = disposed(kafka.consumer({ groupId: "g", maxWaitTimeInMs: 50 }));
  const inbox = await consume(again, "video");
  await inbox.has(1);
  await using newProducer = await connected(kafka.producer());
  await send(newProducer, "d");
  expect(await inbox.has(2)).toEqual([
    { partition: 1, offset: "2", value: "c" },
    { partition: 1, offset: "3", value: "d" },
  ]);
});

test("startBroker() answers kafkajs's admin client", async () => {
  await using broker = await startBroker();
  const kafka = createClient(broker.brokers);
  const admin = kafka.admin();
  await admin.connect();
  const topic = {
    topic: "video",
    numPartitions: 2,
    configEntries: [{ name: "max.message.bytes", value: "500" }],
  };
  const created = [
    await admin.createTopics({ topics: [topic] }),
    await admin.createTopics({ topics: [topic] }),
  ];
  await admin.createPartitions({ topicPartitions: [{ topic: "video", count: 3 }] });
  await using producer = await connected(kafka.producer());
  const messages = ["a", "b", "c"].map((value, at) => ({
    value,
    partition: 2,
    timestamp: `${100 * (at + 1)}`,
  }));
  await producer.send({ topic: "video", messages });
  const tooLarge = { value: "x".repeat(600), partition: 0 };
  const refused = await producer
    .send({ topic: "video", messages: [tooLarge] })
    .catch((e) => e.type);
  await using raw = await RawClient.connect(broker);
  const partitions = [{ index: 2, committedOffset: 1n, committedMetadata: null }];
  const commit = { groupId: "g", generationId: -1, memberId: "" };
  await raw.call("offsetCommit", 5, { ...commit, topics: [{ name: "video", partitions }] });
  const resource = { type: 2, name: "video", configNames: ["max.message.bytes", "cleanup.policy"] };
  const described = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
  const groups = await admin.describeGroups(["g", "nobody"]);
  const seen = {
    created,
    topics: await admin.listTopics(),
    partitions: (await admin.fetchTopicMetadata({ topics: ["video"] })).topics[0]?.partitions
      .length,
    cluster: await admin.describeCluster(),
    offsets: await admin.fetchTopicOffsets("video"),
    byTime: await admin.fetchTopicOffsetsByTimestamp("video", 150),
    committed: await admin.fetchOffsets({ groupId: "g", topics: ["video"] }),
    refused,
    configs: described.resources[0]?.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]),
    groups: groups.groups.map(({ groupId, state }) => [groupId, state]),
    listed: await admin.listGroups(),
    deletedGroups: await admin.deleteGroups(["g"]),
  };
  await admin.deleteTopics({ topics: ["video"] });
  const left = await admin.listTopics();
  await admin.disconnect();
  expect({ ...seen, left }).toEqual({
    created: [true, false],
    topics: ["video"],
    partitions: 3,
    cluster: {
      brokers: [{ nodeId: 0, host: "127.0.0.1", port: broker.port }],
      controller: 0,
      clusterId: expect.stringMatching(/^[\w-]{22}$/),
    },
    offsets: expect.arrayContaining([
      { partition: 0, offset: "0", high: "0", low: "0" },
      { partition: 1, offset: "0", high: "0", low: "0" },
      { partition: 2, offset: "3", high: "3", low: "0" },
    ]),
    byTime: expect.arrayContaining([
      { partition: 0, offset: "0" },
      { partition: 1, offset: "0" },
      { partition: 2, offset: "1" },
    ]),
    committed: [
      {
        topic: "video",
        partitions: [
          { partition: 0, offset: "-1", metadata: null },
          { partition: 1, offset: "-1", metadata: null },
          { partition: 2, offset: "1", metadata: null },
        ],
      },
    ],
    refused: "MESSAGE_TOO_LARGE",
    configs: [
      ["cleanup.policy", "delete"],
      ["max.message.bytes", "500"],
    ],
    groups: [
      ["g", "Empty"],
      ["nobody", "Dead"],
    ],
    listed: { groups: [{ groupId: "g", protocolType: "" }] },
    deletedGroups: [{ groupId: "g", errorCode: 0, error: undefined }],
    left: [],
  });
});
