// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { enterAlone, joinAs, joinOf, named, offsetOf } from "./groups.testing.ts";

const groupId = "g";

test("a group keeps a member whose connection closed until its session is over", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  await using watcher = await RawClient.connect(broker);
  const members = async () => {
    const { groups } = await watcher.call("describeGroups", 2, { groups: [groupId] });
    return groups[0]?.members.length;
  };
  const first = await RawClient.connect(broker);
  await enterAlone(first, groupId);
  await first[Symbol.asyncDispose]();

  await using second = await RawClient.connect(broker);
  const waiting = joinAs(second, groupId);
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

test("the first generation of a group waits for more members where the broker is told so", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock, groupInitialRebalanceDelayMs: 3_000 });
  await using one = await RawClient.connect(broker);
  await using two = await RawClient.connect(broker);
  const waiting = [joinAs(one, groupId), joinAs(two, groupId)];
  const state = () => broker.inspect().groups[groupId];
  await vi.waitUntil(() => state()?.members.length === 2, { interval: 1 });
  const before = state()?.state;
  clock.advance(3_000);
  clock.advance(3_000); // One came while the other waited, so they wait once more.
  const joined = await Promise.all(waiting);
  expect([before, joined.map(({ generationId }) => generationId)]).toEqual([
    "PreparingRebalance",
    [1, 1],
  ]);
});

test("requests about groups that are out of place get Kafka's error codes", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const join = async (request: object) =>
    (await client.call("joinGroup", 9, { ...joinOf(groupId, ""), ...request })).errorCode;
  const nobody = { groupId: "", memberId: "nobody", generationId: 1 };
  expect({
    shortSession: await join({ sessionTimeoutMs: 5_999 }),
    longSession: await join({ sessionTimeoutMs: 1_800_001 }),
    noGroup: await join({ groupId: "" }),
    noProtocol: await join({ protocols: [] }),
    noProtocolType: await join({ protocolType: "" }),
    sync: (await client.call("syncGroup", 5, { ...nobody, ...named, assignments: [] })).errorCode,
    unnamed: (await client.call("syncGroup", 5, { ...nobody, assignments: [] })).errorCode,
    heartbeat: (await client.call("heartbeat", 4, nobody)).errorCode,
    leave: (await client.call("leaveGroup", 5, { groupId: "", members: [] })).errorCode,
    offsetDelete: (await client.call("offsetDelete", 0, { groupId: "", topics: [] })).errorCode,
    offsetDeleteUnknown: (await client.call("offsetDelete", 0, { groupId: "x", topics: [] }))
      .errorCode,
    delete: (await client.call("deleteGroups", 2, { groupNames: ["x", "", "x"] })).results,
  }).toEqual({
    shortSession: errorCodes.INVALID_SESSION_TIMEOUT,
    longSession: errorCodes.INVALID_SESSION_TIMEOUT,
    noGroup: errorCodes.INVALID_GROUP_ID,
    noProtocol: errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    noProtocolType: errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    sync: errorCodes.INVALID_GROUP_ID,
    unnamed: errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    heartbeat: errorCodes.INVALID_GROUP_ID,
    leave: errorCodes.INVALID_GROUP_ID,
    offsetDelete: errorCodes.INVALID_GROUP_ID,
    offsetDeleteUnknown: errorCodes.GROUP_ID_NOT_FOUND,
    delete: [
      { groupId: "x", errorCode: errorCodes.GROUP_ID_NOT_FOUND },
      { groupId: "", errorCode: errorCodes.GROUP_ID_NOT_FOUND },
    ],
  });
});

test("groups are described with their members, and listed by state and type", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const { memberId } = await enterAlone(client, groupId);
  const simple = { groupId: "simple", memberId: "", topics: [offsetOf("t", 1n)] };
  await client.call("offsetCommit", 9, simple);
  const { groups } = await client.call("describeGroups", 6, {
    groups: [groupId, "simple", "nowhere"],
    includeAuthorizedOperations: true,
  });
  const list = async (filter: object) => {
    const listed = await client.call("listGroups", 5, {
      statesFilter: [],
      typesFilter: [],
      ...filter,
    });
    return listed.groups;
  };
  expect({
    groups,
    all: await list({}),
    stable: (await list({ statesFilter: ["STABLE", "Dead"] })).map((group) => group.groupId),
    consumer: await list({ typesFilter: ["consumer"] }),
    unknown: await list({ typesFilter: ["other"] }),
  }).toMatchObject({
    groups: [
      {
        errorCode: 0,
        errorMessage: null,
        groupState: "Stable",
        protocolType: "consumer",
        protocolData: "range",
        members: [{ memberId, groupInstanceId: null, clientId: "raw", clientHost: "/127.0.0.1" }],
        authorizedOperations: 3400,
      },
      { errorCode: 0, groupState: "Empty", protocolType: "", members: [] },
      {
        errorCode: errorCodes.GROUP_ID_NOT_FOUND,
        errorMessage: "Group nowhere not found.",
        groupState: "Dead",
      },
    ],
    all: [
      { groupId, protocolType: "consumer", groupState: "Stable", groupType: "classic" },
      { groupId: "simple", protocolType: "", groupState: "Empty", groupType: "classic" },
    ],
    stable: [groupId],
    consumer: [],
    unknown: [],
  });
});

test("a group cannot be deleted while it has members, and forgets the offsets of deleted topics", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  await client.call("offsetCommit", 9, { groupId, memberId: "", topics: [offsetOf("t", 7n)] });
  const committed = async () => {
    const { groups } = await client.call("offsetFetch", 9, { groups: [{ groupId, topics: null }] });
    return groups[0]?.topics.map(({ name, partitions }) => [name, partitions[0]?.committedOffset]);
  };
  const before = await committed();
  const { memberId } = await enterAlone(client, groupId);
  const remove = async () => {
    const { results } = await client.call("deleteGroups", 2, { groupNames: [groupId] });
    return results[0]?.errorCode;
  };
  const whileJoined = await remove();
  await client.call("deleteTopics", 1, { topicNames: ["t"], timeoutMs: 1_000 });
  const after = await committed();
  const members = [{ memberId, groupInstanceId: null }];
  await client.call("leaveGroup", 5, { groupId, members });
  expect({ before, whileJoined, after, removed: await remove() }).toEqual({
    before: [["t", 7n]],
    whileJoined: errorCodes.NON_EMPTY_GROUP,
    after: [],
    removed: errorCodes.NONE,
  });
});
