// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { errorCodes } from "../../protocol/error-codes.ts";
import { request, sessionTimeoutMs, setUp, subscriptionTo } from "./classic-group.testing.ts";
import { type JoinRequest, joinError } from "./member.ts";

const asInstance = (groupInstanceId: string, changes: Partial<JoinRequest> = {}) =>
  request("", { groupInstanceId, requiresKnownId: true, ...changes });

/** A stable group of the static members a, its leader, and b. */
async function staticPair() {
  const made = setUp();
  const { join, sync } = made;
  const first = await join(asInstance("a"));
  await sync(first);
  const second = join(asInstance("b"));
  const leading = await join(request(first.memberId, { groupInstanceId: "a" }));
  const following = await second;
  await Promise.all([sync(leading), sync(following)]);
  return { ...made, leader: leading.memberId, follower: following.memberId };
}

test("a static member joins at once, under its instance id", async () => {
  const { join } = setUp();
  expect(await join(asInstance("a"))).toMatchObject({
    errorCode: errorCodes.NONE,
    memberId: "a-1",
    members: [{ memberId: "a-1", groupInstanceId: "a" }],
  });
});

test("a static follower that starts anew gets its assignment without a rebalance", async () => {
  const { group, join, sync, heartbeat, follower } = await staticPair();
  const replaced = await join(asInstance("b"));
  const synced = await sync(replaced);
  expect({
    state: group.state,
    replaced,
    assignment: synced.assignment,
    former: [
      heartbeat(follower, 2),
      group.heartbeat(follower, "b", 2),
      group.heartbeat("x", "c", 2),
    ],
    formerJoins: await join(request(follower, { groupInstanceId: "b" })),
    current: group.heartbeat(replaced.memberId, "b", 2),
  }).toMatchObject({
    state: "Stable",
    replaced: { generationId: 2, leader: "a-1", memberId: "b-3", members: [] },
    assignment: Buffer.from(`for ${follower}`),
    former: [
      errorCodes.UNKNOWN_MEMBER_ID,
      errorCodes.FENCED_INSTANCE_ID,
      errorCodes.UNKNOWN_MEMBER_ID,
    ],
    formerJoins: { errorCode: errorCodes.FENCED_INSTANCE_ID, protocolName: null },
    current: errorCodes.NONE,
  });
});

test("a static leader that starts anew leads on and skips the assignment, or is told of another leader", async () => {
  const { group, join, leader } = await staticPair();
  const skipping = await join(asInstance("a"));
  const old = await join(asInstance("a", { supportsSkipping: false }));
  expect({ skipping, old, state: group.state }).toMatchObject({
    skipping: {
      leader: "a-3",
      memberId: "a-3",
      skipAssignment: true,
      members: [{ groupInstanceId: "b" }, { groupInstanceId: "a" }],
    },
    old: { leader: "a-3", memberId: "a-4", skipAssignment: false, members: [] },
    state: "Stable",
  });
  expect(leader).toBe("a-1");
});

test("a static member that starts anew with other strategies has the group rebalance when that changes the choice", async () => {
  const { group, join, sync } = setUp();
  const offering = (...names: string[]) => ({
    protocols: names.map((name) => ({ name, metadata: subscriptionTo("t") })),
  });
  await sync(await join(asInstance("a", offering("x", "y"))));
  const again = await join(asInstance("a", offering("y")));
  expect([again.generationId, again.protocolName, group.state]).toEqual([
    2,
    "y",
    "CompletingRebalance",
  ]);
});

test("a static member that starts anew during a rebalance has the one that waits fenced", async () => {
  const { join, follower, leader, memberIds } = await staticPair();
  const leading = join(request(leader, { groupInstanceId: "a" }));
  const anew = join(asInstance("a"));
  const joined = join(request(follower, { groupInstanceId: "b", protocols: [] }));
  expect([(await leading).errorCode, (await joined).errorCode]).toEqual([
    errorCodes.FENCED_INSTANCE_ID,
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
  ]);
  const others = join(request(follower, { groupInstanceId: "b" }));
  expect([(await anew).generationId, (await others).generationId]).toEqual([3, 3]);
  expect(memberIds()).toEqual([follower, "a-3"]);
});

test("a static member keeps its place in a rebalance that it misses, until its session is over", async () => {
  const { clock, group, join, leader, follower, memberIds } = await staticPair();
  const leading = join(request(leader, { groupInstanceId: "a" }));
  for (let ms = 0; ms < 30_000; ms += 5_000) {
    group.heartbeat(follower, "b", 2);
    clock.advance(5_000);
  }
  const { generationId, members } = await leading;
  const before = memberIds();
  clock.advance(sessionTimeoutMs);
  expect({ generationId, told: members.length, before, after: memberIds() }).toEqual({
    generationId: 3,
    told: 2,
    before: [leader, follower],
    after: [],
  });
});

test("a static member that gives others no time to join holds nobody up", async () => {
  const { clock, join, leave, group } = setUp();
  const hasty = (instanceId: string) => asInstance(instanceId, { rebalanceTimeoutMs: 0 });
  await join(hasty("a"));
  void join(hasty("b"));
  await join(request("a-1", { groupInstanceId: "a", rebalanceTimeoutMs: 0 }));
  leave("", "b");
  clock.advance(sessionTimeoutMs);
  expect([group.state, group.members.size]).toEqual(["Empty", 0]);
});

test("a static member leaves by its instance id alone, as an administrator asks", async () => {
  const { group, leave, follower, memberIds } = await staticPair();
  const codes = [
    leave("", "b"),
    leave("", "b"),
    leave("", null),
    leave(follower, "a"),
    leave("stranger", "a"),
  ];
  expect([codes, memberIds(), group.state]).toEqual([
    [
      errorCodes.NONE,
      errorCodes.UNKNOWN_MEMBER_ID,
      errorCodes.UNKNOWN_MEMBER_ID,
      errorCodes.FENCED_INSTANCE_ID,
      errorCodes.FENCED_INSTANCE_ID,
    ],
    ["a-1"],
    "PreparingRebalance",
  ]);
});

test("a static member that was replaced is saved, so that a restart finds the new one", async () => {
  const { join, restart } = await staticPair();
  const { memberId } = await join(asInstance("b"));
  const restored = restart();
  expect([restored.heartbeat(memberId, "b", 2), restored.generation]).toEqual([errorCodes.NONE, 2]);
});

test("an id that was given to a dynamic member is of no use to a static one", async () => {
  const { group, join, follower } = await staticPair();
  const { memberId } = await join(request("", { requiresKnownId: true }));
  const answered = async (groupInstanceId: string) => {
    const waits = joinError(errorCodes.NONE, "");
    const asked = join(request(memberId, { groupInstanceId }));
    return (await Promise.race([asked, setImmediate(waits)])).errorCode;
  };
  const codes = [await answered("b"), await answered("c"), group.heartbeat(follower, "b", 2)];
  expect(codes).toEqual([
    errorCodes.FENCED_INSTANCE_ID,
    errorCodes.UNKNOWN_MEMBER_ID,
    errorCodes.NONE,
  ]);
});
