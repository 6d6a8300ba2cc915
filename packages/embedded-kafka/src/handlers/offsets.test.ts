// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { enterAlone, offsetOf } from "./groups.testing.ts";

const groupId = "g";

async function setUp() {
  const broker = await startBroker({ topics: [{ name: "t" }, { name: "u" }] });
  const client = await RawClient.connect(broker);
  const commit = async (request: object, version = 9) => {
    const asked = { groupId, memberId: "", topics: [offsetOf("t", 5n)], ...request };
    const { topics } = await client.call("offsetCommit", version, asked);
    return topics[0]?.partitions[0]?.errorCode;
  };
  const fetch = async (topics: { name: string; partitions: number[] }[] | null, stable = false) => {
    const asked = { groups: [{ groupId, topics }], requireStable: stable };
    const { groups } = await client.call("offsetFetch", 9, asked);
    return groups[0]?.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ index, committedOffset, errorCode }) => [
        name,
        index,
        committedOffset,
        errorCode,
      ]),
    );
  };
  const close = async () => {
    await client[Symbol.asyncDispose]();
    await broker.close();
  };
  return { client, commit, fetch, [Symbol.asyncDispose]: close };
}

test("OffsetCommit refuses unknown topics, long notes, and strangers where there are members", async () => {
  await using site = await setUp();
  const { client, commit } = site;
  const emptyId = await commit({ groupId: "" });
  const alone = await commit({});
  const member = await enterAlone(client, groupId);
  expect({
    emptyId,
    alone,
    member: await commit(member),
    aloneAmongMembers: await commit({}),
    stranger: await commit({ ...member, memberId: "nobody" }),
    oldGeneration: await commit({ ...member, generationId: 7 }),
    noGroup: [
      await commit({ ...member, groupId: "x" }, 8),
      await commit({ ...member, groupId: "x" }, 9),
    ],
    unknownTopic: await commit({ ...member, topics: [offsetOf("x", 1n)] }),
    unknownTopicOfStranger: await commit({ memberId: "nobody", topics: [offsetOf("x", 1n)] }),
    unknownPartition: await commit({ ...member, topics: [offsetOf("t", 1n, { index: 1 })] }),
    longNote: await commit({
      ...member,
      topics: [offsetOf("t", 1n, { committedMetadata: "x".repeat(4_097) })],
    }),
  }).toEqual({
    emptyId: errorCodes.NONE,
    alone: errorCodes.NONE,
    member: errorCodes.NONE,
    aloneAmongMembers: errorCodes.UNKNOWN_MEMBER_ID,
    stranger: errorCodes.UNKNOWN_MEMBER_ID,
    oldGeneration: errorCodes.ILLEGAL_GENERATION,
    noGroup: [errorCodes.ILLEGAL_GENERATION, errorCodes.GROUP_ID_NOT_FOUND],
    unknownTopic: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    unknownTopicOfStranger: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    unknownPartition: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    longNote: errorCodes.OFFSET_METADATA_TOO_LARGE,
  });
});

test("OffsetFetch tells what was committed, and -1 where nothing was", async () => {
  await using site = await setUp();
  const { client, commit } = site;
  await commit({
    topics: [offsetOf("t", 5n, { committedMetadata: null, committedLeaderEpoch: 4 })],
  });
  const asked = [{ name: "t", partitions: [0, 9] }];
  const { groups } = await client.call("offsetFetch", 8, {
    groups: [
      { groupId, topics: asked },
      { groupId: "nowhere", topics: null },
    ],
  });
  const nothing = { committedOffset: -1n, committedLeaderEpoch: -1, metadata: "", errorCode: 0 };
  expect(groups).toMatchObject([
    {
      groupId,
      errorCode: 0,
      topics: [
        {
          name: "t",
          partitions: [
            { index: 0, committedOffset: 5n, committedLeaderEpoch: 4, metadata: "", errorCode: 0 },
            { index: 9, ...nothing },
          ],
        },
      ],
    },
    { groupId: "nowhere", errorCode: 0, topics: [] },
  ]);
});

test("OffsetCommit and OffsetFetch know topics by their ids", async () => {
  await using site = await setUp();
  const { client, commit } = site;
  const made = { name: "v", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = await client.call("createTopics", 7, { topics: [made], timeoutMs: 1_000 });
  const topicId = topics[0]?.topicId as Buffer;
  const noTopic = Buffer.alloc(16, 7);
  const partitions = offsetOf("", 5n).partitions;
  const codes = [
    await commit({ topics: [{ topicId, partitions }] }, 10),
    await commit({ topics: [{ topicId: noTopic, partitions }] }, 10),
  ];
  const { groups } = await client.call("offsetFetch", 10, {
    groups: [
      {
        groupId,
        topics: [
          { topicId, partitions: [0] },
          { topicId: noTopic, partitions: [0] },
        ],
      },
      { groupId, topics: null },
    ],
  });
  const found = groups.map((group) =>
    group.topics.map((topic) => [
      topic.topicId.equals(topicId),
      topic.partitions[0]?.committedOffset,
      topic.partitions[0]?.errorCode,
    ]),
  );
  expect({ codes, found }).toEqual({
    codes: [errorCodes.NONE, errorCodes.UNKNOWN_TOPIC_ID],
    found: [
      [
        [true, 5n, errorCodes.NONE],
        [false, -1n, errorCodes.UNKNOWN_TOPIC_ID],
      ],
      [[true, 5n, errorCodes.NONE]],
    ],
  });
});

test("OffsetFetch that asks for stable offsets is told while a transaction has others", async () => {
  await using site = await setUp();
  const { client, commit, fetch } = site;
  await commit({});
  const transactionalId = "tx";
  const init = { transactionalId, transactionTimeoutMs: 60_000 };
  const { producerId, producerEpoch } = await client.call("initProducerId", 4, init);
  const transaction = { transactionalId, producerId, producerEpoch, groupId };
  await client.call("addOffsetsToTxn", 3, transaction);
  const { topics } = await client.call("txnOffsetCommit", 3, {
    ...transaction,
    topics: [offsetOf("t", 9n)],
  });
  const asked = [{ name: "t", partitions: [0] }];
  const open = [await fetch(asked, true), await fetch(null, true), await fetch(asked)];
  await client.call("endTxn", 3, { ...transaction, committed: true });
  expect({
    code: topics[0]?.partitions[0]?.errorCode,
    open,
    ended: await fetch(asked, true),
  }).toEqual({
    code: errorCodes.NONE,
    open: [
      [["t", 0, -1n, errorCodes.UNSTABLE_OFFSET_COMMIT]],
      [["t", 0, -1n, errorCodes.UNSTABLE_OFFSET_COMMIT]],
      [["t", 0, 5n, errorCodes.NONE]],
    ],
    ended: [["t", 0, 9n, errorCodes.NONE]],
  });
});

test("OffsetDelete forgets offsets of topics that no member consumes", async () => {
  await using site = await setUp();
  const { client, commit, fetch } = site;
  await commit({ topics: [offsetOf("t", 5n), offsetOf("u", 6n)] });
  await enterAlone(client, groupId);
  const { errorCode, topics } = await client.call("offsetDelete", 0, {
    groupId,
    topics: ["t", "u", "x"].map((name) => ({ name, partitions: [{ index: 0 }] })),
  });
  const codes = topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]);
  expect({ errorCode, codes, left: await fetch(null) }).toEqual({
    errorCode: errorCodes.NONE,
    codes: [
      ["t", errorCodes.GROUP_SUBSCRIBED_TO_TOPIC],
      ["u", errorCodes.NONE],
      ["x", errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
    ],
    left: [["t", 0, 5n, errorCodes.NONE]],
  });
});
