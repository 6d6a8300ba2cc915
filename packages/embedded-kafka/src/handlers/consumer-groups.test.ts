// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorNameOf } from "../error-name.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { enterAlone, joinAs, offsetOf } from "./groups.testing.ts";

type Asked = Partial<RequestOf<"consumerGroupHeartbeat">>;

const groupId = "g";

/** A heartbeat with the changes: a member's first if nothing is changed. */
async function beat(client: RawClient, changes: Asked = {}, version = 1) {
  const answer = await client.call("consumerGroupHeartbeat", version, {
    groupId,
    memberId: "m",
    memberEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames: ["t"],
    topicPartitions: [],
    ...changes,
  });
  const { errorCode, errorMessage, memberEpoch, heartbeatIntervalMs, assignment } = answer;
  return {
    error: errorNameOf(errorCode),
    errorMessage,
    memberEpoch,
    heartbeatIntervalMs,
    assigned: assignment?.topicPartitions.map(({ partitions }) => partitions) ?? null,
  };
}

/** A heartbeat that tells nothing new. */
const delta = (memberEpoch: number): Asked => ({
  memberEpoch,
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: null,
  topicPartitions: null,
});

async function describe(client: RawClient, id = groupId) {
  const asked = { groupIds: [id], includeAuthorizedOperations: true };
  const { groups } = await client.call("consumerGroupDescribe", 1, asked);
  return groups[0];
}

test("a member is assigned partitions, described, shown by inspect(), and leaves", async () => {
  await using broker = await startBroker({ topics: [{ name: "t", partitions: 2 }] });
  await using client = await RawClient.connect(broker);
  const joined = await beat(client, { instanceId: "pod-0", rackId: "rack" });
  const assigned = [{ topicId: expect.any(Buffer), topicName: "t", partitions: [0, 1] }];
  const { groups } = broker.inspect();
  expect({ joined, described: await describe(client), inspected: groups[groupId] }).toEqual({
    joined: {
      error: "NONE",
      errorMessage: null,
      memberEpoch: 2,
      heartbeatIntervalMs: 5_000,
      assigned: [[0, 1]],
    },
    described: {
      errorCode: 0,
      errorMessage: null,
      groupId,
      groupState: "Stable",
      groupEpoch: 2,
      assignmentEpoch: 2,
      assignorName: "uniform",
      authorizedOperations: 3400,
      members: [
        {
          memberId: "m",
          instanceId: "pod-0",
          rackId: "rack",
          memberEpoch: 2,
          clientId: "raw",
          clientHost: "/127.0.0.1",
          subscribedTopicNames: ["t"],
          subscribedTopicRegex: "",
          assignment: { topicPartitions: assigned },
          targetAssignment: { topicPartitions: assigned },
          memberType: 1,
        },
      ],
    },
    inspected: {
      kind: "consumer",
      state: "Stable",
      protocolType: "consumer",
      protocolName: "uniform",
      generation: 2,
      members: [
        {
          memberId: "m",
          groupInstanceId: "pod-0",
          clientId: "raw",
          clientHost: "127.0.0.1",
          assignment: { t: [0, 1] },
        },
      ],
      offsets: {},
    },
  });
  const left = await beat(client, { ...delta(-1), instanceId: "pod-0" });
  expect([left.error, left.memberEpoch, (await describe(client))?.groupState]).toEqual([
    "NONE",
    -1,
    "Empty",
  ]);
});

test.each<[string, Asked, string]>([
  ["MemberId can't be empty.", { memberId: "" }, "INVALID_REQUEST"],
  ["GroupId can't be empty.", { groupId: "" }, "INVALID_REQUEST"],
  ["InstanceId can't be empty.", { instanceId: "" }, "INVALID_REQUEST"],
  ["RackId can't be empty.", { rackId: "" }, "INVALID_REQUEST"],
  ["MemberEpoch is invalid.", { memberEpoch: -3 }, "INVALID_REQUEST"],
  ["InstanceId can't be null.", { memberEpoch: -2 }, "INVALID_REQUEST"],
  [
    "RebalanceTimeoutMs must be provided in first request.",
    { rebalanceTimeoutMs: -1 },
    "INVALID_REQUEST",
  ],
  [
    "TopicPartitions must be empty when (re-)joining.",
    { topicPartitions: null },
    "INVALID_REQUEST",
  ],
  [
    "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
    { subscribedTopicNames: null },
    "INVALID_REQUEST",
  ],
  [
    "ServerAssignor none is not supported. Supported assignors: uniform, range.",
    { serverAssignor: "none" },
    "UNSUPPORTED_ASSIGNOR",
  ],
  [
    "SubscribedTopicRegex `(` is not a valid regular expression.",
    { subscribedTopicRegex: "(" },
    "INVALID_REGULAR_EXPRESSION",
  ],
  ["Consumer group g not found.", delta(1), "GROUP_ID_NOT_FOUND"],
  ["Group g not found.", delta(-1), "GROUP_ID_NOT_FOUND"],
])("ConsumerGroupHeartbeat says: %s", async (errorMessage, changes, error) => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const refused = { error, errorMessage, memberEpoch: 0, heartbeatIntervalMs: 0, assigned: null };
  expect([await beat(client, changes), broker.inspect().groups]).toEqual([refused, {}]);
});

test("a member of before version 1 is given an id", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const { error } = await beat(client, { memberId: "" }, 0);
  const [member] = broker.inspect().groups[groupId]?.members ?? [];
  expect([error, member?.memberId]).toEqual(["NONE", expect.stringMatching(/^[\w-]{22}$/)]);
});

test("a group changes its kind only while nobody is in it, and keeps its offsets", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const member = await enterAlone(client, groupId);
  await client.call("offsetCommit", 9, { ...member, topics: [offsetOf("t", 5n)] });
  const refused = await beat(client);
  const classicDescribed = await describe(client);
  const members = [{ memberId: member.memberId, groupInstanceId: null }];
  await client.call("leaveGroup", 5, { groupId, members });
  const entered = await beat(client);
  const join = async () => errorNameOf((await joinAs(client, groupId)).errorCode);
  const joined = await join();
  const { groups } = await client.call("describeGroups", 6, { groups: [groupId] });
  const listed = await client.call("listGroups", 5, { statesFilter: [], typesFilter: [] });
  const expelled = await client.call("leaveGroup", 5, {
    groupId,
    members: [{ memberId: "m", groupInstanceId: null }],
  });
  expect({
    refused: [refused.error, refused.errorMessage],
    classicDescribed: classicDescribed?.errorMessage,
    entered: [entered.error, entered.memberEpoch],
    joined,
    described: groups[0]?.errorMessage,
    listed: listed.groups.map(({ groupType, groupState }) => [groupType, groupState]),
    expelled: expelled.members.map(({ errorCode }) => errorNameOf(errorCode)),
    joinedNow: await join(),
    kind: broker.inspect().groups[groupId]?.kind,
    offset: broker.inspect().groups[groupId]?.offsets.t?.[0]?.offset,
  }).toEqual({
    refused: [
      "GROUP_ID_NOT_FOUND",
      "Cannot upgrade classic group g to consumer group because online upgrade is disabled.",
    ],
    classicDescribed: "Group g is not a consumer group.",
    entered: ["NONE", 2],
    joined: "INCONSISTENT_GROUP_PROTOCOL",
    described: "Group g is not a classic group.",
    listed: [["consumer", "Stable"]],
    expelled: ["NONE"],
    joinedNow: "NONE",
    kind: "classic",
    offset: 5,
  });
});

test("a coordinator that is none of the group's says so, and the next one goes on", async () => {
  await using broker = await startBroker({ brokers: 2, topics: [{ name: "t" }] });
  const clients: RawClient[] = [];
  for (const address of broker.brokers) {
    const [host = "", port] = address.split(":");
    clients.push(await RawClient.connect({ host, port: Number(port) }));
  }
  const owner = broker.faults.moveCoordinator({ group: groupId });
  const [here, there] = [clients[owner], clients[1 - owner]] as [RawClient, RawClient];
  await beat(here);
  const asked = [await beat(there, delta(2)), await describe(there)];
  broker.faults.moveCoordinator({ group: groupId });
  const answers = [await beat(there, delta(2)), await beat(here, delta(2))];
  for (const client of clients) await client[Symbol.asyncDispose]();
  expect({ asked, answers }).toMatchObject({
    asked: [{ error: "NOT_COORDINATOR" }, { errorCode: 16 }],
    answers: [{ error: "NONE", memberEpoch: 2 }, { error: "NOT_COORDINATOR" }],
  });
});

test("members and their partitions survive a restart, and their sessions begin anew", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-consumer-groups-"));
  const clock = new ManualClock();
  const options = { dataDir, clock, consumerSessionTimeoutMs: 10_000 };
  try {
    const opened = await startBroker({ ...options, topics: [{ name: "t", partitions: 2 }] });
    const before = await RawClient.connect(opened);
    await beat(before);
    await beat(before, { memberId: "n" });
    await beat(before, delta(2));
    const described = await describe(before);
    await opened.close();

    await using reopened = await startBroker(options);
    await using after = await RawClient.connect(reopened);
    const again = await describe(after);
    clock.advance(9_999);
    const kept = await beat(after, { ...delta(2), topicPartitions: [] });
    clock.advance(1);
    const alone = await describe(after);
    expect({ again, kept, left: alone?.members.map(({ memberId }) => memberId) }).toEqual({
      again: described,
      kept: expect.objectContaining({ error: "NONE", memberEpoch: 3, assigned: null }),
      left: ["m"],
    });
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
