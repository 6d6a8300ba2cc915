// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { CompressionTypes, ConfigResourceTypes, type Consumer } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { assigned, consume, createClient } from "../../src/kafkajs.testing.ts";
import { commit } from "../group-wire.ts";
import type { Site } from "../site.ts";

/** What a user of kafkajs does. */
export function kafkajsChapter(site: Site): void {
  describe("kafkajs", () => {
    test("shares partitions among consumers, and hands over those of one that leaves", async () => {
      const topic = await site.topic({ partitions: 4 });
      const groupId = await site.group();
      const producer = await connectProducer({});
      const one = consumerOf(groupId);
      const first = await consume(one, topic);
      const rejoined = assigned(one, topic);
      const two = consumerOf(groupId);
      const share = assigned(two, topic);
      const second = await consume(two, topic);
      const shares = [await rejoined, await share];
      for (let partition = 0; partition < 4; partition++) {
        await producer.send({ topic, messages: [{ value: `${partition}`, partition }] });
      }
      await Promise.all([first.has(2), second.has(2)]);
      const takenOver = assigned(one, topic);
      await two.disconnect();
      const all = await takenOver;
      expect({
        shares: shares.flat().sort(),
        sizes: shares.map(({ length }) => length),
        values: [...first.values, ...second.values].sort(),
        all: all.sort(),
      }).toEqual({
        shares: [0, 1, 2, 3],
        sizes: [2, 2],
        values: ["0", "1", "2", "3"],
        all: [0, 1, 2, 3],
      });
    });

    test("goes on where the group has committed", async () => {
      const topic = await site.topic();
      const groupId = await site.group();
      const producer = await connectProducer({ idempotent: true });
      const values = Array.from({ length: 100 }, (_, at) => `${at}`);
      const send = (part: string[]) =>
        producer.send({
          topic,
          compression: CompressionTypes.GZIP,
          messages: part.map((value) => ({ value })),
        });
      await send(values.slice(0, 60));
      const before = consumerOf(groupId);
      const seen = await (await consume(before, topic)).has(60);
      await before.disconnect();
      await send(values.slice(60));
      const after = await (await consume(consumerOf(groupId), topic)).has(40);
      expect([...seen, ...after].map(({ value }) => value)).toEqual(values);
    });

    test("consumes, transforms and produces exactly once", async () => {
      const [input, output] = [await site.topic(), await site.topic()];
      const groupId = await site.group();
      const plain = await connectProducer({});
      await plain.send({ topic: input, messages: ["a", "b", "c"].map((value) => ({ value })) });
      const transactionalId = await site.transactionalId();
      const producer = await connectProducer({
        transactionalId,
        idempotent: true,
        maxInFlightRequests: 1,
      });
      const isDone = Promise.withResolvers<void>();
      const failed = new Set<string>();
      const consumer = consumerOf(groupId);
      await consumer.connect();
      await consumer.subscribe({ topic: input, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ topic, partition, message }) => {
          const value = `${message.value}`;
          const offset = `${Number(message.offset) + 1}`;
          const transaction = await producer.transaction();
          await transaction.send({ topic: output, messages: [{ value: value.toUpperCase() }] });
          const topics = [{ topic, partitions: [{ partition, offset }] }];
          await transaction.sendOffsets({ consumerGroupId: groupId, topics });
          if (value === "b" && !failed.has(value)) {
            failed.add(value);
            await transaction.abort();
            throw new Error("The first attempt fails");
          }
          await transaction.commit();
          if (value === "c") isDone.resolve();
        },
      });
      await isDone.promise;
      await consumer.disconnect();
      const reader = createClient(site.cluster.addresses).consumer({
        groupId: await site.group(),
        readUncommitted: false,
        maxWaitTimeInMs: 100,
      });
      onTestFinished(() => reader.disconnect());
      const outputs = await (await consume(reader, output)).has(3);
      const admin = await connectAdmin();
      const [committed] = await admin.fetchOffsets({ groupId, topics: [input] });
      expect([outputs.map(({ value }) => value), committed?.partitions[0]?.offset]).toEqual([
        ["A", "B", "C"],
        "3",
      ]);
    });

    test("administers topics, configs, records and groups", async () => {
      const admin = await connectAdmin();
      const topic = site.name("admin");
      const groupId = await site.group();
      const created = await admin.createTopics({
        topics: [{ topic, numPartitions: 2 }],
        waitForLeaders: true,
      });
      await site.ready(topic, 2);
      const producer = await connectProducer({});
      const messages = ["a", "b", "c"].map((value) => ({ value, partition: 1 }));
      await producer.send({ topic, messages });
      // Not by setOffsets() of kafkajs, which takes 5 s on any broker.
      await using client = await site.connectTo("group", groupId);
      await commit(client, { group: groupId, partition: 1 }, topic, 2);
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [{ name: "retention.ms", value: "86400000" }],
          },
        ],
      });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: "1" }] });
      const offsets = await admin.fetchTopicOffsets(topic);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const { groups } = await admin.describeGroups([groupId]);
      await admin.deleteGroups([groupId]);
      await admin.deleteTopics({ topics: [topic] });
      expect({
        created,
        offsets: offsets.map(({ partition, low, high }) => [partition, low, high]).sort(),
        committed: committed?.partitions.map(({ partition, offset }) => [partition, offset]).sort(),
        states: groups.map(({ state }) => state),
      }).toEqual({
        created: true,
        offsets: [
          [0, "0", "0"],
          [1, "1", "3"],
        ],
        committed: [
          [0, "-1"],
          [1, "2"],
        ],
        states: ["Empty"],
      });
    });
  });

  function consumerOf(groupId: string): Consumer {
    const consumer = createClient(site.cluster.addresses).consumer({
      groupId,
      maxWaitTimeInMs: 100,
      heartbeatInterval: 100,
      retry: { initialRetryTime: 50, retries: 10 },
    });
    onTestFinished(() => consumer.disconnect());
    return consumer;
  }

  async function connectProducer(
    options: Parameters<ReturnType<typeof createClient>["producer"]>[0],
  ) {
    const producer = createClient(site.cluster.addresses).producer(options);
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    return producer;
  }

  async function connectAdmin() {
    const admin = createClient(site.cluster.addresses).admin();
    onTestFinished(() => admin.disconnect());
    await admin.connect();
    return admin;
  }
}
