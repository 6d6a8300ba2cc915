// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { TopicOptions } from "../broker-options.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { fetchOf, produceOf } from "./records.testing.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const partitionOf = <P>({ topics }: { topics: readonly { partitions: P[] }[] }) =>
  topics[0]?.partitions[0] as P;

test("Produce appends in every version, and tells the offset", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const { topics } = await client.call("metadata", 12, { topics: null });
  const topicId = Buffer.from(topics[0]?.topicId ?? "");
  const answers: unknown[] = [];
  for (let version = 3; version <= 13; version++) {
    const answer = await client.call("produce", version, produceOf(["a", "b"], { topicId }));
    const { errorCode, baseOffset, logStartOffset } = partitionOf(answer);
    answers.push([errorCode, baseOffset, logStartOffset]);
  }
  const fetched = await client.call("fetch", 4, fetchOf());
  expect([answers, partitionOf(fetched).highWatermark]).toEqual([
    answers.map((_, at) => [errorCodes.NONE, BigInt(2 * at), at < 2 ? -1n : 0n]),
    22n,
  ]);
});

test("Produce with acks=0 is not answered, and loses its connection when it fails", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  client.send(requestFrame("produce", 7, { ...produceOf(["a"]), acks: 0 }));
  const produced = await client.call("produce", 7, produceOf(["b"]));
  client.send(requestFrame("produce", 7, { ...produceOf(["a"], { name: "nope" }), acks: 0 }));
  expect([partitionOf(produced).baseOffset, await client.frame()]).toEqual([1n, undefined]);
});

test("Produce is refused with Kafka's error codes", async () => {
  const topics: TopicOptions[] = [
    { name: "t" },
    { name: "compact", configs: { "cleanup.policy": "compact" } },
    { name: "small", configs: { "max.message.bytes": "70" } },
  ];
  await using broker = await startBroker({ logger: silent, topics });
  await using client = await RawClient.connect(broker);
  const codeOf = async (request: ReturnType<typeof produceOf>, version = 12) =>
    partitionOf(await client.call("produce", version, request)).errorCode;
  const transactional = createBatch({ values: ["a"], producerId: 1, attributes: 0x10 });
  const zstd = createBatch({ values: ["a"], attributes: 4 });
  const withRecords = (records: Buffer) => ({
    ...produceOf(["a"]),
    topics: [{ name: "t", topicId: Buffer.alloc(16), partitions: [{ index: 0, records }] }],
  });
  expect({
    acks: await codeOf({ ...produceOf(["a"]), acks: 2 }),
    topic: await codeOf(produceOf(["a"], { name: "nope" })),
    topicId: await codeOf(produceOf(["a"], { topicId: Buffer.alloc(16, 9) }), 13),
    large: await codeOf(produceOf(["a".repeat(100)], { name: "small" })),
    keyless: await codeOf(produceOf(["a"], { name: "compact" })),
    transactionless: await codeOf(withRecords(transactional)),
    zstd: [await codeOf(withRecords(zstd), 6), await codeOf(withRecords(zstd), 7)],
    empty: await codeOf(withRecords(Buffer.alloc(0))),
  }).toEqual({
    acks: errorCodes.INVALID_REQUIRED_ACKS,
    topic: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    topicId: errorCodes.UNKNOWN_TOPIC_ID,
    large: errorCodes.MESSAGE_TOO_LARGE,
    keyless: errorCodes.INVALID_RECORD,
    zstd: [errorCodes.UNSUPPORTED_COMPRESSION_TYPE, errorCodes.NONE],
    transactionless: errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    empty: errorCodes.INVALID_RECORD,
  });
});

test("Produce names the records for which it is refused, in Kafka's words", async () => {
  const topics = [{ name: "t", configs: { "cleanup.policy": "compact" } }];
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  const answer = partitionOf(await client.call("produce", 8, produceOf(["a", "b", "c", "d"])));
  const { errorMessage, recordErrors } = answer;
  const message = "Compacted topic cannot accept message without key in topic partition t-0";
  const named = [0, 1, 2].map((at) => `RecordError(batchIndex=${at}, message='${message}')`);
  expect([recordErrors, errorMessage]).toEqual([
    [0, 1, 2, 3].map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: message })),
    `One or more records have been rejected due to 4 record errors in total, and only showing the first three errors at most: [${named.join(", ")}]`,
  ]);
});

test("Produce goes to the leader alone, which others name", async () => {
  await using broker = await startBroker({ brokers: 2, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const { topics } = await client.call("metadata", 12, { topics: null });
  const leaderId = topics[0]?.partitions[0]?.leaderId ?? -1;
  const [host = "", port] = broker.brokers[1 - leaderId]?.split(":") ?? [];
  await using other = await RawClient.connect({ host, port: Number(port) });
  const old = await other.call("produce", 9, produceOf(["a"]));
  const refused = await other.call("produce", 10, produceOf(["a"]));
  const endpoints = refused.nodeEndpoints.map((node) => [node.nodeId, `${node.host}:${node.port}`]);
  expect([
    [partitionOf(old).errorCode, partitionOf(refused).errorCode],
    partitionOf(refused).currentLeader,
    endpoints,
  ]).toEqual([
    [errorCodes.NOT_LEADER_OR_FOLLOWER, errorCodes.NOT_LEADER_OR_FOLLOWER],
    { leaderId, leaderEpoch: 0 },
    [[leaderId, broker.brokers[leaderId]]],
  ]);
});

test("Produce gives records the time of the append where the topic wants it", async () => {
  const topics = [{ name: "t", configs: { "message.timestamp.type": "LogAppendTime" } }];
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  const before = BigInt(Date.now());
  const { logAppendTimeMs } = partitionOf(await client.call("produce", 9, produceOf(["a"])));
  const found = await client.call("listOffsets", 7, {
    replicaId: -1,
    topics: [{ name: "t", partitions: [{ index: 0, timestamp: before }] }],
  });
  const { timestamp, offset } = partitionOf(found);
  expect([logAppendTimeMs >= before, timestamp, offset]).toEqual([true, logAppendTimeMs, 0n]);
});
