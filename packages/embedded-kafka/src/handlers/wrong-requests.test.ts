// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Answers to requests that no client of ours makes, as Apache Kafka 4.3.1 gives them: found by sending
// both the same random requests.

import { expect, test } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { fetchOf, produceOf } from "./records.testing.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const transactional = 0x10;

test("Produce says first that nobody says whose transactional batches are, then what is no batch", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const batch = createBatch({ values: ["a"], producerId: 1, attributes: transactional });
  const answered = async (records: Buffer, transactionalId: string | null, name = "t") => {
    const topics = [{ name, partitions: [{ index: 0, records }] }];
    const request = { ...produceOf(["a"]), transactionalId, topics };
    const answer = await client.call("produce", 9, request);
    const partition = answer.topics[0]?.partitions[0];
    return [partition?.errorCode, partition?.logStartOffset];
  };
  expect({
    hidden: await answered(batch, null, "unknown"),
    cut: await answered(batch.subarray(0, -3), "unheard of"),
    unheardOf: await answered(batch, "unheard of"),
    ofNoProducer: await answered(createBatch({ values: ["a"], attributes: transactional }), "x"),
  }).toEqual({
    hidden: [errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1n],
    cut: [errorCodes.INVALID_RECORD, -1n],
    unheardOf: [errorCodes.INVALID_PRODUCER_ID_MAPPING, -1n],
    ofNoProducer: [errorCodes.NONE, 0n],
  });
});

test("Produce asks for nobody's transaction where the log knows the producer's", async () => {
  await using broker = await startBroker({
    logger: silent,
    topics: [{ name: "t", partitions: 2 }],
  });
  await using client = await RawClient.connect(broker);
  const { producerId, producerEpoch } = await client.call("initProducerId", 4, {
    transactionalId: "x",
    transactionTimeoutMs: 60_000,
    producerId: -1n,
    producerEpoch: -1,
  });
  const codeOf = async (transactionalId: string, baseSequence: number, epoch = 0, index = 0) => {
    const records = createBatch({
      values: ["a"],
      attributes: transactional,
      producerId: Number(producerId),
      producerEpoch: producerEpoch + epoch,
      baseSequence,
    });
    const topics = [{ name: "t", partitions: [{ index, records }] }];
    const request = { ...produceOf(["a"]), transactionalId, topics };
    return (await client.call("produce", 12, request)).topics[0]?.partitions[0]?.errorCode;
  };
  expect({
    own: await codeOf("x", 0),
    ofAnother: await codeOf("y", 1),
    ofAnotherEpoch: await codeOf("y", 0, 1),
    elsewhere: await codeOf("y", 0, 0, 1),
  }).toEqual({
    own: errorCodes.NONE,
    ofAnother: errorCodes.NONE,
    ofAnotherEpoch: errorCodes.INVALID_PRODUCER_ID_MAPPING,
    elsewhere: errorCodes.INVALID_PRODUCER_ID_MAPPING,
  });
});

test("Produce tells where a log starts that has refused a batch, unless it is damaged", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const answered = async (records: Buffer, version: number) => {
    const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
    const answer = await client.call("produce", version, { ...produceOf(["a"]), topics });
    const partition = answer.topics[0]?.partitions[0];
    return [partition?.errorCode, partition?.logStartOffset];
  };
  const unpackable = createBatch({ values: ["a"] });
  unpackable.writeInt16BE(7, 21);
  const control = createBatch({ values: ["a"], attributes: 0x20 });
  expect({
    damaged: await answered(unpackable, 9),
    control: await answered(control, 9),
    ofAnUnknownCompression: await answered(unpackable, 6),
    zstdThatIsCut: await answered(createBatch({ values: ["a"], attributes: 4 }).subarray(0, -1), 6),
  }).toEqual({
    damaged: [errorCodes.CORRUPT_MESSAGE, -1n],
    control: [errorCodes.INVALID_RECORD, 0n],
    ofAnUnknownCompression: [errorCodes.UNKNOWN_SERVER_ERROR, -1n],
    zstdThatIsCut: [errorCodes.INVALID_RECORD, -1n],
  });
});

test("FindCoordinator refuses types that there are not in Kafka's words", async () => {
  await using broker = await startBroker({ logger: silent });
  await using client = await RawClient.connect(broker);
  const before = await client.call("findCoordinator", 2, { key: "a", keyType: 3 });
  const asked = (keyType: number) => ({ keyType, coordinatorKeys: ["a"] });
  const share = await client.call("findCoordinator", 4, asked(2));
  const unknown = await client.call("findCoordinator", 4, asked(3));
  const malformed = expect.stringMatching(/^This most likely occurs because of a request being/);
  expect([before, share.coordinators[0], unknown.coordinators[0]]).toMatchObject(
    [malformed, "", malformed].map((errorMessage) => ({
      errorCode: errorCodes.INVALID_REQUEST,
      errorMessage,
    })),
  );
});

test("Metadata tells no operations of an id that no topic has", async () => {
  await using broker = await startBroker({ logger: silent });
  await using client = await RawClient.connect(broker);
  const { topics } = await client.call("metadata", 12, {
    topics: [{ topicId: Buffer.alloc(16, 1), name: null }],
    includeTopicAuthorizedOperations: true,
  });
  expect(topics[0]?.topicAuthorizedOperations).toBe(-(2 ** 31));
});

test("DeleteRecords deletes where a topic has no cleanup policy, as it keeps no keys", async () => {
  const configs = { "cleanup.policy": "" };
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t", configs }] });
  await using client = await RawClient.connect(broker);
  await client.call("produce", 9, produceOf(["a", "b"]));
  const { topics } = await client.call("deleteRecords", 2, {
    topics: [{ name: "t", partitions: [{ index: 0, offset: 1n }] }],
    timeoutMs: 1_000,
  });
  expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 1n });
});

test("Fetch lists no aborted transactions where the log parts from what was read", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const request = fetchOf({ offset: 9n });
  const topics = request.topics.map((topic) => ({
    ...topic,
    partitions: topic.partitions.map((partition) => ({ ...partition, lastFetchedEpoch: 0 })),
  }));
  const answer = await client.call("fetch", 12, { ...request, isolationLevel: 1, topics });
  expect(answer.topics[0]?.partitions[0]).toMatchObject({
    divergingEpoch: { epoch: 0, endOffset: 0n },
    abortedTransactions: null,
  });
});

test("TxnOffsetCommit makes no group when there are none of its partitions", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const committed = { index: 7, committedOffset: 1n, committedMetadata: null };
  const { topics } = await client.call("txnOffsetCommit", 0, {
    transactionalId: "x",
    groupId: "g",
    producerId: 1n,
    producerEpoch: 0,
    topics: [{ name: "t", partitions: [committed] }],
  });
  expect([topics[0]?.partitions[0]?.errorCode, Object.keys(broker.inspect().groups)]).toEqual([
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    [],
  ]);
});

test("DescribeConfigs says that 'min.insync.replicas' is set for the whole cluster", async () => {
  const configs = { "min.insync.replicas": "1" };
  const topics = [{ name: "t" }, { name: "own", configs }];
  await using broker = await startBroker({ logger: silent, topics });
  await using client = await RawClient.connect(broker);
  const { results } = await client.call("describeConfigs", 4, {
    resources: topics.map(({ name }) => ({
      resourceType: 2,
      resourceName: name,
      configNames: ["min.insync.replicas"],
    })),
    includeSynonyms: true,
  });
  expect(results.map((result) => result.configs.map(({ source }) => source))).toEqual([[3], [1]]);
  expect(results[1]?.configs[0]?.synonyms.map(({ source }) => source)).toEqual([1, 3, 5]);
});
