// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { Group } from "./group.ts";
import type { JoinRequest, JoinResult } from "./member.ts";

const sessionTimeoutMs = 10_000;
const rebalanceTimeoutMs = 30_000;

function request(memberId = "", changes: Partial<JoinRequest> = {}): JoinRequest {
  return {
    memberId,
    clientId: "client",
    clientHost: "127.0.0.1",
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: Buffer.from("topics") }],
    requiresKnownId: false,
    ...changes,
  };
}

function setUp() {
  const clock = new ManualClock();
  const group = new Group("g", clock);
  let ids = 0;
  const join = (asked: JoinRequest) => group.join(asked, () => `m${++ids}`);
  const sync = (joined: JoinResult) => {
    const assignments = joined.members.map(({ memberId }) => {
      return { memberId, assignment: Buffer.from(`for ${memberId}`) };
    });
    return group.sync(joined.memberId, joined.generationId, assignments);
  };
  /** A group of two that is stable. */
  const pair = async () => {
    const first = await join(request());
    await sync(first);
    const second = join(request());
    const rejoined = await join(request(first.memberId));
    const joined = await second;
    await Promise.all([sync(rejoined), sync(joined)]);
    return { leader: rejoined.memberId, follower: joined.memberId };
  };
  return { clock, group, join, sync, pair };
}

test("Group makes a generation at once when the first member joins", async () => {
  const { group, join, sync } = setUp();
  const joined = await join(request());
  const state = group.state;
  const synced = await sync(joined);
  expect({ joined, state, synced, after: group.state }).toEqual({
    joined: {
      errorCode: 0,
      generationId: 1,
      protocolName: "range",
      leader: "m1",
      memberId: "m1",
      members: [{ memberId: "m1", metadata: Buffer.from("topics") }],
    },
    state: "CompletingRebalance",
    synced: { errorCode: 0, assignment: Buffer.from("for m1") },
    after: "Stable",
  });
});

test("Group has all members join again when another comes", async () => {
  const { group, join, sync } = setUp();
  const first = await join(request());
  await sync(first);
  const second = join(request());
  const heard = group.heartbeat("m1", 1);
  const [rejoined, joined] = await Promise.all([join(request("m1")), second]);
  const followerSync = sync(joined);
  const [leaderSynced, followerSynced] = [await sync(rejoined), await followerSync];
  expect({ heard, leader: rejoined.members.length, joined, leaderSynced, followerSynced }).toEqual({
    heard: errorCodes.REBALANCE_IN_PROGRESS,
    leader: 2,
    joined: {
      errorCode: 0,
      generationId: 2,
      protocolName: "range",
      leader: "m1",
      memberId: "m2",
      members: [],
    },
    leaderSynced: { errorCode: 0, assignment: Buffer.from("for m1") },
    followerSynced: { errorCode: 0, assignment: Buffer.from("for m2") },
  });
});

test("Group takes a member out when its session is over, not before", async () => {
  const { clock, group, pair } = setUp();
  const { leader, follower } = await pair();
  clock.advance(sessionTimeoutMs - 1);
  const before = [group.state, group.heartbeat(leader, 2)];
  clock.advance(1);
  expect({
    before,
    state: group.state,
    members: [...group.members.keys()],
    heartbeats: [group.heartbeat(leader, 2), group.heartbeat(follower, 2)],
  }).toEqual({
    before: ["Stable", errorCodes.NONE],
    state: "PreparingRebalance",
    members: [leader],
    heartbeats: [errorCodes.REBALANCE_IN_PROGRESS, errorCodes.UNKNOWN_MEMBER_ID],
  });
});

test("Group goes on without a member that does not join again when the rebalance times out", async () => {
  const { clock, group, join, pair } = setUp();
  const { leader, follower } = await pair();
  const third = join(request());
  const rejoined = join(request(leader));
  for (let ms = 0; ms < rebalanceTimeoutMs; ms += 5_000) {
    group.heartbeat(follower, 2); // It lives, but does not join.
    clock.advance(5_000);
  }
  const results = await Promise.all([rejoined, third]);
  expect({
    members: [...group.members.keys()],
    generations: results.map(({ generationId }) => generationId),
    heartbeat: group.heartbeat(follower, 2),
  }).toEqual({
    members: [leader, "m3"],
    generations: [3, 3],
    heartbeat: errorCodes.UNKNOWN_MEMBER_ID,
  });
});

test("Group rebalances without a member that joined when it never asks for its assignment", async () => {
  const { clock, group, join, sync } = setUp();
  const joined = await join(request());
  for (let ms = 0; ms < rebalanceTimeoutMs; ms += 5_000) {
    group.heartbeat(joined.memberId, 1);
    clock.advance(5_000);
  }
  expect([group.state, group.members.size, (await sync(joined)).errorCode]).toEqual([
    "Empty",
    0,
    errorCodes.UNKNOWN_MEMBER_ID,
  ]);
});

test("Group rebalances at once when a member leaves", async () => {
  const { group, join, pair } = setUp();
  const { leader, follower } = await pair();
  const left = group.leave(leader);
  const heard = group.heartbeat(follower, 2);
  const rejoined = await join(request(follower));
  expect({ left, again: group.leave(leader), heard, rejoined }).toMatchObject({
    left: errorCodes.NONE,
    again: errorCodes.UNKNOWN_MEMBER_ID,
    heard: errorCodes.REBALANCE_IN_PROGRESS,
    rejoined: { generationId: 3, leader: follower, members: [{ memberId: follower }] },
  });
});

test("Group sends a member back with its id when it must be known first", async () => {
  const { clock, group, join } = setUp();
  const sent = await join(request("", { requiresKnownId: true }));
  const joined = await join(request(sent.memberId, { requiresKnownId: true }));
  const late = await join(request("", { requiresKnownId: true }));
  clock.advance(sessionTimeoutMs);
  const tooLate = await join(request(late.memberId, { requiresKnownId: true }));
  expect([sent, joined, late, tooLate, [...group.members.keys()]]).toMatchObject([
    { errorCode: errorCodes.MEMBER_ID_REQUIRED, memberId: "m1", generationId: -1 },
    { errorCode: errorCodes.NONE, memberId: "m1", generationId: 1 },
    { errorCode: errorCodes.MEMBER_ID_REQUIRED, memberId: "m2" },
    { errorCode: errorCodes.UNKNOWN_MEMBER_ID },
    [],
  ]);
});

test("Group refuses a member that has no strategy in common with the others", async () => {
  const { join } = setUp();
  const metadata = Buffer.alloc(0);
  await join(request());
  const results = await Promise.all([
    join(request("", { protocols: [{ name: "sticky", metadata }] })),
    join(request("", { protocols: [] })),
    join(request("", { protocolType: "connect" })),
    join(request("nobody")),
  ]);
  expect(results.map(({ errorCode }) => errorCode)).toEqual([
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    errorCodes.UNKNOWN_MEMBER_ID,
  ]);
});

test("Group takes the strategy that most members like best of those that all have", async () => {
  const { join, sync } = setUp();
  const metadata = Buffer.alloc(0);
  const offering = (...names: string[]) => ({
    protocols: names.map((name) => ({ name, metadata })),
  });
  const first = await join(request("", offering("a", "b", "c")));
  await sync(first);
  const others = [
    join(request("", offering("b", "a"))),
    join(request("", offering("b", "a", "c"))),
  ];
  const rejoined = await join(request(first.memberId, offering("a", "b", "c")));
  expect(
    [rejoined, ...(await Promise.all(others))].map(({ protocolName }) => protocolName),
  ).toEqual(["b", "b", "b"]);
});

test("Group answers the same again when a follower that changed nothing asks twice", async () => {
  const { group, join, pair } = setUp();
  const { follower } = await pair();
  const again = await join(request(follower));
  expect([group.state, again.generationId, again.errorCode]).toEqual(["Stable", 2, 0]);
});

test("Group tells those that wait for an assignment when the leader is gone", async () => {
  const { clock, group, join, sync } = setUp();
  const first = await join(request());
  await sync(first);
  const second = join(request());
  await join(request(first.memberId));
  const waiting = sync(await second);
  clock.advance(sessionTimeoutMs);
  expect([(await waiting).errorCode, group.state, [...group.members.keys()]]).toEqual([
    errorCodes.REBALANCE_IN_PROGRESS,
    "PreparingRebalance",
    ["m2"],
  ]);
});

test("Group.checkCommit() allows a commit only to members of the generation", async () => {
  const { group, join, sync } = setUp();
  const alone = group.checkCommit("", -1);
  const joined = await join(request());
  const before = group.checkCommit("m1", 1);
  await sync(joined);
  expect({
    alone,
    before,
    member: group.checkCommit("m1", 1),
    oldGeneration: group.checkCommit("m1", 0),
    stranger: group.checkCommit("m9", 1),
    aloneInGroup: group.checkCommit("", -1),
  }).toEqual({
    alone: errorCodes.NONE,
    before: errorCodes.REBALANCE_IN_PROGRESS,
    member: errorCodes.NONE,
    oldGeneration: errorCodes.ILLEGAL_GENERATION,
    stranger: errorCodes.UNKNOWN_MEMBER_ID,
    aloneInGroup: errorCodes.UNKNOWN_MEMBER_ID,
  });
});

test("Group.close() leaves no timer", async () => {
  const { clock, group, join, pair } = setUp();
  await pair();
  await join(request("", { requiresKnownId: true }));
  void join(request());
  group.close();
  expect(clock.timers).toBe(0);
});
