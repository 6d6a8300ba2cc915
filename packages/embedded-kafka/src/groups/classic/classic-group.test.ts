// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../../protocol/error-codes.ts";
import {
  rebalanceTimeoutMs,
  request,
  sessionTimeoutMs,
  setUp,
  subscriptionTo,
} from "./classic-group.testing.ts";

const metadata = subscriptionTo("t");

test("ClassicGroup makes a generation at once when the first member joins", async () => {
  const { group, join, sync } = setUp();
  const joined = await join(request());
  const state = group.state;
  const synced = await sync(joined);
  expect({ joined, state, synced, after: group.state }).toEqual({
    joined: {
      errorCode: 0,
      generationId: 1,
      protocolType: "consumer",
      protocolName: "range",
      leader: "m-1",
      skipAssignment: false,
      memberId: "m-1",
      members: [{ memberId: "m-1", groupInstanceId: null, metadata }],
    },
    state: "CompletingRebalance",
    synced: {
      errorCode: 0,
      protocolType: "consumer",
      protocolName: "range",
      assignment: Buffer.from("for m-1"),
    },
    after: "Stable",
  });
});

test("ClassicGroup has all members join again when another comes", async () => {
  const { heartbeat, join, sync } = setUp();
  const first = await join(request());
  await sync(first);
  const second = join(request());
  const heard = heartbeat("m-1", 1);
  const [rejoined, joined] = await Promise.all([join(request("m-1")), second]);
  const followerSync = sync(joined);
  const [leaderSynced, followerSynced] = [await sync(rejoined), await followerSync];
  expect({ heard, leader: rejoined.members.length, joined, leaderSynced, followerSynced }).toEqual({
    heard: errorCodes.REBALANCE_IN_PROGRESS,
    leader: 2,
    joined: expect.objectContaining({
      errorCode: 0,
      generationId: 2,
      leader: "m-1",
      memberId: "m-2",
      members: [],
    }),
    leaderSynced: expect.objectContaining({ assignment: Buffer.from("for m-1") }),
    followerSynced: expect.objectContaining({ assignment: Buffer.from("for m-2") }),
  });
});

test("ClassicGroup takes a member out when its session is over, not before", async () => {
  const { clock, group, pair, heartbeat, memberIds } = setUp();
  const { leader, follower } = await pair();
  clock.advance(sessionTimeoutMs - 1);
  const before = [group.state, heartbeat(leader, 2)];
  clock.advance(1);
  expect({
    before,
    state: group.state,
    members: memberIds(),
    heartbeats: [heartbeat(leader, 2), heartbeat(follower, 2)],
  }).toEqual({
    before: ["Stable", errorCodes.NONE],
    state: "PreparingRebalance",
    members: [leader],
    heartbeats: [errorCodes.REBALANCE_IN_PROGRESS, errorCodes.UNKNOWN_MEMBER_ID],
  });
});

test("ClassicGroup goes on without a member that does not join again when the rebalance times out", async () => {
  const { clock, join, pair, heartbeat, memberIds } = setUp();
  const { leader, follower } = await pair();
  const third = join(request());
  const rejoined = join(request(leader));
  for (let ms = 0; ms < rebalanceTimeoutMs; ms += 5_000) {
    heartbeat(follower, 2); // It lives, but does not join.
    clock.advance(5_000);
  }
  const results = await Promise.all([rejoined, third]);
  expect({
    members: memberIds(),
    generations: results.map(({ generationId }) => generationId),
    heartbeat: heartbeat(follower, 2),
  }).toEqual({
    members: [leader, "m-3"],
    generations: [3, 3],
    heartbeat: errorCodes.UNKNOWN_MEMBER_ID,
  });
});

test("ClassicGroup rebalances without a member that joined when it never asks for its assignment", async () => {
  const { clock, group, join, sync, heartbeat } = setUp();
  const joined = await join(request());
  for (let ms = 0; ms < rebalanceTimeoutMs; ms += 5_000) {
    heartbeat(joined.memberId, 1);
    clock.advance(5_000);
  }
  expect([group.state, group.members.size, (await sync(joined)).errorCode]).toEqual([
    "Empty",
    0,
    errorCodes.UNKNOWN_MEMBER_ID,
  ]);
});

test("ClassicGroup.leave() rebalances at once when a member leaves", async () => {
  const { join, pair, leave, heartbeat } = setUp();
  const { leader, follower } = await pair();
  const left = leave(leader);
  const heard = heartbeat(follower, 2);
  const rejoined = await join(request(follower));
  expect({ left, again: leave(leader), heard, rejoined }).toMatchObject({
    left: errorCodes.NONE,
    again: errorCodes.UNKNOWN_MEMBER_ID,
    heard: errorCodes.REBALANCE_IN_PROGRESS,
    rejoined: { generationId: 3, leader: follower, members: [{ memberId: follower }] },
  });
});

test("ClassicGroup.leave() answers the JoinGroup of who leaves", async () => {
  const { join, pair, leave, memberIds } = setUp();
  const { leader, follower } = await pair();
  const joining = join(request(leader));
  leave(leader);
  expect([await joining, memberIds()]).toMatchObject([
    { errorCode: errorCodes.UNKNOWN_MEMBER_ID, memberId: "" },
    [follower],
  ]);
});

test("ClassicGroup sends a member back with its id when it must be known first", async () => {
  const { clock, join, leave, memberIds } = setUp();
  const asks = { requiresKnownId: true };
  const sent = await join(request("", asks));
  const joined = await join(request(sent.memberId, asks));
  const late = await join(request("", asks));
  clock.advance(sessionTimeoutMs);
  const tooLate = await join(request(late.memberId, asks));
  const left = await join(request("", asks));
  const codes = [leave(left.memberId), (await join(request(left.memberId, asks))).errorCode];
  expect([sent, joined, late, tooLate, codes, memberIds()]).toMatchObject([
    { errorCode: errorCodes.MEMBER_ID_REQUIRED, memberId: "m-1", generationId: -1 },
    { errorCode: errorCodes.NONE, memberId: "m-1", generationId: 1 },
    { errorCode: errorCodes.MEMBER_ID_REQUIRED, memberId: "m-2" },
    { errorCode: errorCodes.UNKNOWN_MEMBER_ID },
    [errorCodes.NONE, errorCodes.UNKNOWN_MEMBER_ID],
    [],
  ]);
});

test("ClassicGroup.join() refuses a member that has no strategy in common with the others", async () => {
  const { join } = setUp();
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

test("ClassicGroup takes the strategy that most members like best of those that all have", async () => {
  const { join, sync } = setUp();
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

test("ClassicGroup takes the strategy that Kafka takes when as many members like another", async () => {
  const { join, sync } = setUp();
  const offering = (...names: string[]) => ({
    protocols: names.map((name) => ({ name, metadata })),
  });
  const first = await join(request("", offering("range", "rr")));
  await sync(first);
  const second = join(request("", offering("rr", "range")));
  await join(request(first.memberId, offering("range", "rr")));
  expect((await second).protocolName).toBe("rr");
});

test("ClassicGroup.join() answers the same again when a follower that changed nothing asks twice", async () => {
  const { group, join, pair } = setUp();
  const { follower } = await pair();
  const again = await join(request(follower));
  expect([group.state, again.generationId, again.errorCode]).toEqual(["Stable", 2, 0]);
});

test("ClassicGroup.join() rebalances when a follower subscribes to something else", async () => {
  const { group, join, pair } = setUp();
  const { leader, follower } = await pair();
  const changed = { protocols: [{ name: "range", metadata: subscriptionTo("t", "u") }] };
  const joining = join(request(follower, changed));
  const leading = await join(request(leader));
  expect([(await joining).generationId, leading.members.at(-1)?.metadata, group.state]).toEqual([
    3,
    subscriptionTo("t", "u"),
    "CompletingRebalance",
  ]);
});

test("ClassicGroup.join() answers the earlier request when a member asks again while it waits", async () => {
  const { join, pair } = setUp();
  const { leader } = await pair();
  const first = join(request(leader));
  void join(request(leader));
  expect((await first).errorCode).toBe(errorCodes.REBALANCE_IN_PROGRESS);
});

test("ClassicGroup.sync() answers those that wait for an assignment when the leader is gone", async () => {
  const { clock, group, join, sync, memberIds } = setUp();
  const first = await join(request());
  await sync(first);
  const second = join(request());
  await join(request(first.memberId));
  const waiting = sync(await second);
  clock.advance(sessionTimeoutMs);
  expect([(await waiting).errorCode, group.state, memberIds()]).toEqual([
    errorCodes.REBALANCE_IN_PROGRESS,
    "PreparingRebalance",
    ["m-2"],
  ]);
});

test("ClassicGroup.sync() refuses who takes the group for another", async () => {
  const { join, sync } = setUp();
  const joined = await join(request());
  const ask = async (changes: object) => (await sync(joined, changes)).errorCode;
  expect([
    await ask({ protocolType: "connect" }),
    await ask({ protocolName: "sticky" }),
    await ask({ generationId: 7 }),
    await ask({ memberId: "nobody" }),
    await ask({ groupInstanceId: "i" }),
    await ask({ protocolType: "consumer", protocolName: "range" }),
  ]).toEqual([
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    errorCodes.INCONSISTENT_GROUP_PROTOCOL,
    errorCodes.ILLEGAL_GENERATION,
    errorCodes.UNKNOWN_MEMBER_ID,
    errorCodes.UNKNOWN_MEMBER_ID,
    errorCodes.NONE,
  ]);
});

test("ClassicGroup.sync() lets no member wait when the assignment cannot be saved", async () => {
  let isFull = false;
  const save = () => {
    if (isFull) throw new Error("no space left on device");
  };
  const { group, join, sync } = setUp({ home: { save } });
  const joined = await join(request());
  isFull = true;
  const failed = await sync(joined);
  isFull = false;
  const rejoined = await join(request(joined.memberId));
  const synced = await sync(rejoined);
  expect([failed, rejoined.generationId, synced.errorCode, group.state]).toMatchObject([
    { errorCode: errorCodes.NOT_COORDINATOR, assignment: Buffer.alloc(0) },
    2,
    errorCodes.NONE,
    "Stable",
  ]);
});

test("ClassicGroup.checkCommit() allows a commit only to members of the generation", async () => {
  const { commit, join, sync, group } = setUp();
  const alone = commit("", -1);
  const joined = await join(request());
  const before = commit("m-1", 1);
  const inTransaction = (memberId: string, generation: number) =>
    group.checkCommit({
      memberId,
      generation,
      groupInstanceId: null,
      isTransactional: true,
      version: 3,
    });
  const transactionBefore = inTransaction("m-1", 1);
  await sync(joined);
  expect({
    alone,
    before,
    transactionBefore,
    member: commit("m-1", 1),
    oldGeneration: commit("m-1", 0),
    stranger: commit("m-9", 1),
    aloneInGroup: commit("", -1),
    transactionOfNobody: inTransaction("", -1),
    transactionOfOldGeneration: inTransaction("m-1", 0),
  }).toEqual({
    alone: errorCodes.NONE,
    before: errorCodes.REBALANCE_IN_PROGRESS,
    transactionBefore: errorCodes.NONE,
    member: errorCodes.NONE,
    oldGeneration: errorCodes.ILLEGAL_GENERATION,
    stranger: errorCodes.UNKNOWN_MEMBER_ID,
    aloneInGroup: errorCodes.UNKNOWN_MEMBER_ID,
    transactionOfNobody: errorCodes.NONE,
    transactionOfOldGeneration: errorCodes.ILLEGAL_GENERATION,
  });
});

test("ClassicGroup waits for more members before its first generation when it is told to", async () => {
  const { clock, join } = setUp({ initialRebalanceDelayMs: 3_000 });
  const first = join(request());
  clock.advance(2_999);
  const second = join(request());
  clock.advance(1); // Somebody came, so the wait begins anew.
  const third = join(request());
  clock.advance(3_000);
  clock.advance(3_000);
  const joined = await Promise.all([first, second, third]);
  expect(joined.map(({ generationId, members }) => [generationId, members.length])).toEqual([
    [1, 3],
    [1, 0],
    [1, 0],
  ]);
});

test("ClassicGroup waits on for members of its first generation when somebody does not come back", async () => {
  const delayMs = 2 * sessionTimeoutMs;
  const { clock, group, join } = setUp({ initialRebalanceDelayMs: delayMs });
  const first = join(request());
  await join(request("", { requiresKnownId: true }));
  clock.advance(sessionTimeoutMs);
  const atExpiry = group.generation;
  clock.advance(sessionTimeoutMs);
  expect([atExpiry, (await first).generationId]).toEqual([0, 1]);
});

test("ClassicGroup survives a restart with its members, whose sessions begin anew", async () => {
  const { clock, pair, restart } = setUp();
  const { leader, follower } = await pair();
  clock.advance(sessionTimeoutMs - 1);
  const restored = restart();
  clock.advance(sessionTimeoutMs - 1);
  expect({
    heartbeat: restored.heartbeat(follower, null, 2),
    synced: await restored.sync({
      memberId: leader,
      generationId: 2,
      groupInstanceId: null,
      protocolType: "consumer",
      protocolName: "range",
      assignments: [],
    }),
    unchanged: await restored.join(request(follower)),
    isSubscribed: restored.isSubscribedTo("t"),
  }).toMatchObject({
    heartbeat: errorCodes.NONE,
    synced: { errorCode: 0, assignment: Buffer.from(`for ${leader}`) },
    unchanged: { generationId: 2, leader, errorCode: 0 },
    isSubscribed: true,
  });
});

test("ClassicGroup is of the generation before when it is restarted in mid rebalance", async () => {
  const { pair, join, restart } = setUp();
  const { leader } = await pair();
  void join(request());
  void join(request(leader));
  const { state, generation, members } = restart();
  expect([state, generation, [...members].length]).toEqual(["Stable", 2, 2]);
});

test("ClassicGroup.retainedSinceMs() counts from the commit while members are there, else from when it got empty", async () => {
  const { clock, group, join, sync, leave } = setUp();
  const simple = group.retainedSinceMs(5);
  const joined = await join(request());
  const rebalancing = group.retainedSinceMs(5);
  await sync(joined);
  const stable = group.retainedSinceMs(5);
  clock.advance(1_000);
  leave(joined.memberId);
  clock.advance(1_000);
  expect([simple, rebalancing, stable, group.retainedSinceMs(5)]).toEqual([5, undefined, 5, 1_000]);
});

test("ClassicGroup.close() leaves no timer, and answers who waits when there is an answer", async () => {
  const { clock, group, join, pair } = setUp();
  await pair();
  await join(request("", { requiresKnownId: true }));
  const waiting = join(request());
  group.close(errorCodes.NOT_COORDINATOR);
  expect([clock.timers, (await waiting).errorCode]).toEqual([0, errorCodes.NOT_COORDINATOR]);
});
