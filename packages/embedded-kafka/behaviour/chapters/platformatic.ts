// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Admin,
  Consumer,
  type MessagesStream,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { describe, expect, onTestFinished, test } from "vitest";
import { user } from "../lab.ts";
import type { Site } from "../site.ts";

type TextStream = MessagesStream<string, string, string, string>;

/** What a user of @platformatic/kafka does. */
export function platformaticChapter(site: Site): void {
  describe("@platformatic/kafka", () => {
    test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
      "reads what it wrote with compression %s",
      async (compression) => {
        const topic = await site.topic({ partitions: 2 });
        const producer = producerOf();
        const messages = Array.from({ length: 50 }, (_, at) => ({
          topic,
          key: `${at}`,
          value: `value ${at}`.repeat(20),
          headers: { trace: `${at}` },
        }));
        await producer.send({ messages, compression, acks: -1 });
        const stream = await consumerOf(await site.group()).consume({
          topics: [topic],
          mode: "earliest",
          maxWaitTime: 100,
        });
        const read = await take(stream, 50);
        expect(
          read
            .map(({ key, value, headers }) => ({ key, value, trace: headers.get("trace") }))
            .sort((a, b) => Number(a.key) - Number(b.key)),
        ).toEqual(
          messages.map(({ key, value, headers }) => ({ key, value, trace: headers.trace })),
        );
      },
    );

    test.skipIf(!site.lab.has("consumerGroups"))(
      "shares partitions by the consumer protocol of KIP-848",
      async () => {
        const topic = await site.topic({ partitions: 4 });
        const groupId = await site.group();
        const join = () =>
          consumerOf(groupId, { groupProtocol: "consumer" }).consume({
            topics: [topic],
            mode: "earliest",
            maxWaitTime: 100,
          });
        const streams = [await join(), await join()];
        const producer = producerOf();
        const messages = Array.from({ length: 40 }, (_, at) => ({
          topic,
          partition: at % 4,
          value: `${at}`,
        }));
        await producer.send({ messages, acks: -1 });
        const seen = new Set<string>();
        const isDone = Promise.withResolvers<void>();
        for (const stream of streams) {
          stream.on("data", ({ value }) => {
            seen.add(value);
            if (seen.size === messages.length) isDone.resolve();
          });
        }
        await isDone.promise;
        const group = (await adminOf().listGroups({ types: ["consumer"] })).get(groupId);
        expect(group?.groupType).toBe("consumer");
      },
    );

    test("commits and aborts transactions, of which readers see the committed ones", async () => {
      const topic = await site.topic();
      const producer = new Producer({
        ...base(),
        transactionalId: await site.transactionalId(),
        idempotent: true,
        serializers: stringSerializers,
      });
      onTestFinished(() => producer.close(true));
      for (const [value, isCommitted] of [
        ["aborted", false],
        ["committed", true],
      ] as const) {
        const transaction = await producer.beginTransaction();
        await transaction.send({ messages: [{ topic, value }] });
        if (isCommitted) await transaction.commit();
        else await transaction.abort();
      }
      const stream = await consumerOf(await site.group()).consume({
        topics: [topic],
        mode: "earliest",
        maxWaitTime: 100,
        isolationLevel: 1,
      });
      const [message] = await take(stream, 1);
      expect(message?.value).toBe("committed");
    });

    test.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const)(
      "logs in by %s",
      async (mechanism) => {
        const admin = new Admin({
          ...base(site.cluster.addressesOf("SASL_PLAINTEXT")),
          sasl: { mechanism, ...user },
        });
        onTestFinished(() => admin.close());
        expect(Array.isArray(await admin.listTopics())).toBe(true);
      },
    );

    test("administers topics and groups", async () => {
      const admin = adminOf();
      const topic = site.name("admin");
      const [created] = await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
      await site.ready(topic, 3);
      const listed = await admin.listTopics();
      const groupId = await site.group();
      const stream = await consumerOf(groupId).consume({ topics: [topic], maxWaitTime: 100 });
      const groups = await admin.describeGroups({ groups: [groupId] });
      await stream.close();
      expect({
        partitions: created?.partitions,
        isListed: listed.includes(topic),
        state: groups.get(groupId)?.state,
        members: groups.get(groupId)?.members.size,
      }).toEqual({ partitions: 3, isListed: true, state: "Stable", members: 1 });
      await admin.deleteTopics({ topics: [topic] });
    });
  });

  function base(bootstrapBrokers = site.cluster.addresses) {
    return { clientId: "test", bootstrapBrokers, retries: 5, retryDelay: 50 };
  }

  function producerOf() {
    const producer = new Producer({ ...base(), serializers: stringSerializers });
    onTestFinished(() => producer.close(true));
    return producer;
  }

  function consumerOf(groupId: string, options: { groupProtocol?: "consumer" } = {}) {
    const consumer = new Consumer({
      ...base(),
      ...options,
      groupId,
      deserializers: stringDeserializers,
    });
    onTestFinished(() => consumer.close(true));
    return consumer;
  }

  function adminOf() {
    const admin = new Admin(base());
    onTestFinished(() => admin.close());
    return admin;
  }
}

async function take(stream: TextStream, count: number) {
  const messages = [];
  for await (const message of stream) if (messages.push(message) === count) break;
  return messages;
}
