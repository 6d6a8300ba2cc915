// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type ApiId, apis } from "../protocol/apis.ts";
import { decode } from "../protocol/codec.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { Reader } from "../protocol/reader.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const software = { clientSoftwareName: "raw-client", clientSoftwareVersion: "1.0-beta.2" };

/** What Apache Kafka 4.3.1 answers, as far as it is served here. */
const ranges: Readonly<Record<string, readonly [from: number, to: number]>> = {
  produce: [0, 13],
  fetch: [4, 18],
  listOffsets: [1, 11],
  metadata: [0, 13],
  offsetCommit: [2, 10],
  offsetFetch: [1, 10],
  findCoordinator: [0, 6],
  joinGroup: [0, 9],
  heartbeat: [0, 4],
  leaveGroup: [0, 5],
  syncGroup: [0, 5],
  describeGroups: [0, 6],
  listGroups: [0, 5],
  saslHandshake: [0, 1],
  apiVersions: [0, 4],
  createTopics: [2, 7],
  deleteTopics: [1, 6],
  deleteRecords: [0, 2],
  initProducerId: [0, 5],
  offsetForLeaderEpoch: [2, 4],
  addPartitionsToTxn: [0, 5],
  addOffsetsToTxn: [0, 4],
  endTxn: [0, 5],
  writeTxnMarkers: [1, 2],
  txnOffsetCommit: [0, 5],
  describeConfigs: [1, 4],
  alterConfigs: [0, 2],
  describeLogDirs: [1, 5],
  saslAuthenticate: [0, 2],
  createPartitions: [0, 3],
  deleteGroups: [0, 2],
  electLeaders: [0, 2],
  incrementalAlterConfigs: [0, 1],
  offsetDelete: [0, 0],
  describeUserScramCredentials: [0, 0],
  describeCluster: [0, 2],
  describeProducers: [0, 0],
  describeTransactions: [0, 0],
  listTransactions: [0, 2],
  consumerGroupHeartbeat: [0, 1],
  consumerGroupDescribe: [0, 1],
  listConfigResources: [0, 1],
  describeTopicPartitions: [0, 0],
};

test("ApiVersions answers Apache Kafka's ranges when it is asked in any version", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const answers = [];
  for (const version of [0, 1, 2, 3, 4]) {
    answers.push((await client.call("apiVersions", version, software)).apiKeys);
  }
  const expected = Object.entries(ranges)
    .map(([id, [from, to]]) => {
      return { apiKey: apis[id as ApiId].key, minVersion: from, maxVersion: to };
    })
    .sort((a, b) => a.apiKey - b.apiKey);
  expect(answers).toEqual(Array.from({ length: 5 }, () => expected));
});

test("ApiVersions tells the features that are on, and from version 4 what could be", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const third = await client.call("apiVersions", 3, software);
  const fourth = await client.call("apiVersions", 4, software);
  const finalized = [
    { name: "group.version", minVersionLevel: 1, maxVersionLevel: 1 },
    { name: "transaction.version", minVersionLevel: 2, maxVersionLevel: 2 },
  ];
  expect(
    [third, fourth].map((answer) => [answer.supportedFeatures, answer.finalizedFeatures]),
  ).toEqual([
    [[], finalized],
    [
      [
        { name: "group.version", minVersion: 0, maxVersion: 1 },
        { name: "transaction.version", minVersion: 0, maxVersion: 2 },
      ],
      finalized,
    ],
  ]);
});

test("ApiVersions answers in version 0 with its own range when a newer version is asked", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  client.send(Buffer.from("0012007f00000007ffff", "hex"), Buffer.from("future"));
  const reader = new Reader((await client.frame()) as Buffer);
  const correlationId = reader.int32();
  const answer = decode(reader, apis.apiVersions.response, 0, false);
  expect([correlationId, answer.errorCode, answer.apiKeys, reader.remaining]).toEqual([
    7,
    errorCodes.UNSUPPORTED_VERSION,
    [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    0,
  ]);
});

test.each([
  ["", "1"],
  ["a b", "1"],
  ["-a", "1"],
  ["a_b", "1"],
  ["a", ""],
  ["a", "1-"],
])(
  "ApiVersions refuses a client when it calls itself '%s' of version '%s'",
  async (name, version) => {
    await using broker = await startBroker();
    await using client = await RawClient.connect(broker);
    const named = { clientSoftwareName: name, clientSoftwareVersion: version };
    const { errorCode, apiKeys } = await client.call("apiVersions", 3, named);
    expect([errorCode, apiKeys]).toEqual([errorCodes.INVALID_REQUEST, []]);
  },
);
