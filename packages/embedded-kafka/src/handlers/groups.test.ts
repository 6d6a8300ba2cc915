// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const groupId = "g";
const joinOf = (memberId: string, sessionTimeoutMs = 10_000) => ({
  groupId,
  sessionTimeoutMs,
  rebalanceTimeoutMs: 60_000,
  memberId,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: Buffer.from("topics") }],
});

async function joinAs(client: RawClient) {
  const { memberId } = await client.call("joinGroup", 4, joinOf(""));
  return client.call("joinGroup", 4, joinOf(memberId));
}

test("a group keeps a member whose connection closed until its session is over", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  await using watcher = await RawClient.connect(broker);
  const members = async () => {
    const { groups } = await watcher.call("describeGroups", 2, { groups: [groupId] });
    return groups[0]?.members.length;
  };
  const first = await RawClient.connect(broker);
  const joined = await joinAs(first);
  await first.call("syncGroup", 2, { ...joined, groupId, assignments: [] });
  await first[Symbol.asyncDispose]();

  await using second = await RawClient.connect(broker);
  const waiting = joinAs(second);
  await vi.waitUntil(async () => (await members()) === 2, { interval: 1 });
  clock.advance(9_999);
  const before = await members();
  clock.advance(1);
  const { errorCode, generationId, leader, memberId } = await waiting;
  expect({
    before,
    after: await members(),
    errorCode,
    generationId,
    leads: leader === memberId,
  }).toEqual({ before: 2, after: 1, errorCode: errorCodes.NONE, generationId: 2, leads: true });
});

test("the coordinator answers with Kafka's error codes when a request is out of place", async () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await using broker = await startBroker({ logger, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const member = { groupId, generationId: 1, memberId: "nobody" };
  const partitions = [{ index: 0, committedOffset: 1n, committedMetadata: "" }];
  const commit = (changes: object) =>
    client
      .call("offsetCommit", 5, { ...member, topics: [{ name: "t", partitions }], ...changes })
      .then(({ topics }) => topics[0]?.partitions[0]?.errorCode);
  const alone = { generationId: -1, memberId: "" };
  expect({
    shortSession: (await client.call("joinGroup", 4, joinOf("", 5_999))).errorCode,
    longSession: (await client.call("joinGroup", 4, joinOf("", 1_800_001))).errorCode,
    noGroup: (await client.call("joinGroup", 4, { ...joinOf(""), groupId: "" })).errorCode,
    unknownMember: (await client.call("joinGroup", 4, joinOf("nobody"))).errorCode,
    sync: (await client.call("syncGroup", 2, { ...member, assignments: [] })).errorCode,
    heartbeat: (await client.call("heartbeat", 2, member)).errorCode,
    leave: (await client.call("leaveGroup", 2, member)).errorCode,
    commit: await commit({}),
    commitNoGroup: await commit({ ...alone, groupId: "" }),
    commitUnknownTopic: await commit({ ...alone, topics: [{ name: "u", partitions }] }),
    commitLongMetadata: await commit({
      ...alone,
      topics: [
        { name: "t", partitions: [{ ...partitions[0], committedMetadata: "x".repeat(5000) }] },
      ],
    }),
    delete: (await client.call("deleteGroups", 1, { groupNames: ["unknown"] })).results[0]
      ?.errorCode,
    transactions: (await client.call("findCoordinator", 2, { key: "tx", keyType: 1 })).errorCode,
  }).toEqual({
    shortSession: errorCodes.INVALID_SESSION_TIMEOUT,
    longSession: errorCodes.INVALID_SESSION_TIMEOUT,
    noGroup: errorCodes.INVALID_GROUP_ID,
    unknownMember: errorCodes.UNKNOWN_MEMBER_ID,
    sync: errorCodes.UNKNOWN_MEMBER_ID,
    heartbeat: errorCodes.UNKNOWN_MEMBER_ID,
    leave: errorCodes.UNKNOWN_MEMBER_ID,
    commit: errorCodes.ILLEGAL_GENERATION,
    commitNoGroup: errorCodes.INVALID_GROUP_ID,
    commitUnknownTopic: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    commitLongMetadata: errorCodes.OFFSET_METADATA_TOO_LARGE,
    delete: errorCodes.GROUP_ID_NOT_FOUND,
    transactions: errorCodes.INVALID_REQUEST,
  });
});

test("a group cannot be deleted while it has members, and forgets the offsets of deleted topics", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const topics = [
    { name: "t", partitions: [{ index: 0, committedOffset: 7n, committedMetadata: "note" }] },
  ];
  await client.call("offsetCommit", 5, { groupId, generationId: -1, memberId: "", topics });
  const committed = () => client.call("offsetFetch", 4, { groupId, topics: null });
  const before = await committed();
  const { memberId } = await joinAs(client);
  const remove = async () => {
    const { results } = await client.call("deleteGroups", 1, { groupNames: [groupId] });
    return results[0]?.errorCode;
  };
  const whileJoined = await remove();
  await client.call("deleteTopics", 1, { topicNames: ["t"], timeoutMs: 1_000 });
  const after = await committed();
  await client.call("leaveGroup", 2, { groupId, memberId });
  expect({
    before: before.topics,
    whileJoined,
    after: after.topics,
    removed: await remove(),
  }).toEqual({
    before: [
      {
        name: "t",
        partitions: [{ index: 0, committedOffset: 7n, metadata: "note", errorCode: 0 }],
      },
    ],
    whileJoined: errorCodes.NON_EMPTY_GROUP,
    after: [],
    removed: errorCodes.NONE,
  });
});
