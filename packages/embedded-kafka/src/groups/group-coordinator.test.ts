// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { createFillingStorage } from "../storage/filling-storage.testing.ts";
import { request, subscriptionTo } from "./classic/classic-group.testing.ts";
import { GroupCoordinator } from "./group-coordinator.ts";

const dayMs = 24 * 60 * 60_000;

function setUp() {
  const clock = new ManualClock();
  const storage = createFillingStorage();
  const logged: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (said: string) => logged.push(said) };
  const options = { clock, storage, logger, initialRebalanceDelayMs: 0 };
  const begin = () => {
    const groups = new GroupCoordinator(options);
    groups.start();
    return groups;
  };
  const groups = begin();
  const commit = (changes: object = {}) =>
    groups.commit({
      groupId: "g",
      memberId: "",
      groupInstanceId: null,
      generation: -1,
      isTransactional: false,
      version: 10,
      offsets: [{ topic: "t", partition: 0, offset: 5n, leaderEpoch: -1, metadata: "" }],
      ...changes,
    });
  /** Makes a member of the group that consumes the topic, stable. */
  const enter = async (topic: string) => {
    const group = groups.getClassic("g") ?? groups.addClassic("g");
    const protocols = [{ name: "range", metadata: subscriptionTo(topic) }];
    const { memberId, generationId } = await group.join(request("", { protocols }));
    const unsaid = { groupInstanceId: null, protocolType: null, protocolName: null };
    await group.sync({ memberId, generationId, ...unsaid, assignments: [] });
    return { memberId, generation: generationId };
  };
  const offset = (of = groups) => of.offsets.get("g", "t", 0)?.offset;
  return { clock, storage, logged, groups, commit, enter, offset, restart: begin };
}

test("GroupCoordinator.commit() makes a group for a consumer that has none, and for nobody else", () => {
  const { groups, commit } = setUp();
  const member = { generation: 1, memberId: "m" };
  expect([
    commit(member),
    commit({ ...member, version: 8 }),
    commit({ ...member, isTransactional: true }),
    commit(),
    groups.get("g")?.summary(),
  ]).toEqual([
    [errorCodes.GROUP_ID_NOT_FOUND],
    [errorCodes.ILLEGAL_GENERATION],
    [errorCodes.ILLEGAL_GENERATION],
    [errorCodes.NONE],
    {
      kind: "classic",
      id: "g",
      state: "Empty",
      protocolType: "",
      protocolName: "",
      generation: 0,
      members: [],
    },
  ]);
});

test("GroupCoordinator finds its groups and offsets after a restart", async () => {
  const { commit, enter, restart, offset } = setUp();
  commit({ groupId: "simple" });
  const member = await enter("t");
  commit(member);
  const restarted = restart();
  const states = [...restarted.groups].map(({ id, state }) => [id, state]);
  expect([states, offset(restarted)]).toEqual([
    [
      ["g", "Stable"],
      ["simple", "Empty"],
    ],
    5n,
  ]);
});

test("GroupCoordinator.delete() deletes a group without members, with its offsets, for good", async () => {
  const { groups, commit, enter, restart } = setUp();
  const { memberId } = await enter("t");
  const whileJoined = groups.delete("g");
  groups.getClassic("g")?.leave([{ memberId, groupInstanceId: null, reason: null }]);
  commit();
  const codes = [whileJoined, groups.delete("g"), groups.delete("g")];
  const left = restart();
  expect([codes, [...left.groups], left.offsets.groupIds().size]).toEqual([
    [errorCodes.NON_EMPTY_GROUP, errorCodes.NONE, errorCodes.GROUP_ID_NOT_FOUND],
    [],
    0,
  ]);
});

test("GroupCoordinator deletes offsets of a consumer without a group a week after their commit", () => {
  const { clock, groups, commit, offset } = setUp();
  commit();
  clock.advance(6 * dayMs);
  commit({ groupId: "other" });
  clock.advance(dayMs - 1);
  const before = offset();
  clock.advance(600_000);
  expect([before, offset(), [...groups.groups].map(({ id }) => id)]).toEqual([
    5n,
    undefined,
    ["other"],
  ]);
});

test("GroupCoordinator keeps what has expired until the disk can be written again", () => {
  const { clock, storage, logged, groups, commit, offset } = setUp();
  commit();
  storage.isFull = true;
  clock.advance(8 * dayMs);
  const during = [offset(), [...groups.groups].length, new Set(logged)];
  storage.isFull = false;
  clock.advance(600_000);
  expect([during, offset(), [...groups.groups]]).toEqual([
    [5n, 1, new Set(["Cannot delete expired offsets and groups"])],
    undefined,
    [],
  ]);
});

test("GroupCoordinator deletes offsets of a group a week after its last member left", async () => {
  const { clock, groups, commit, enter, offset } = setUp();
  const member = await enter("t");
  commit(member);
  clock.advance(5_000);
  const { memberId } = member;
  groups.getClassic("g")?.leave([{ memberId, groupInstanceId: null, reason: null }]);
  clock.advance(7 * dayMs - 5_000);
  const aWeekAfterTheCommit = offset();
  clock.advance(600_000);
  expect([aWeekAfterTheCommit, offset(), groups.get("g")]).toEqual([5n, undefined, undefined]);
});

test("GroupCoordinator deletes offsets of topics that members of a group consume no more", async () => {
  const { clock, groups, commit, enter, offset } = setUp();
  const member = await enter("u");
  commit(member);
  const consumed = { topic: "u", partition: 0, offset: 1n, leaderEpoch: -1, metadata: "" };
  commit({ ...member, offsets: [consumed] });
  for (let ms = 0; ms <= 7 * dayMs; ms += 5_000) {
    groups.getClassic("g")?.heartbeat(member.memberId, null, member.generation);
    clock.advance(5_000);
  }
  expect([offset(), groups.offsets.get("g", "u", 0)?.offset]).toEqual([undefined, 1n]);
});

test("GroupCoordinator keeps an offset as long as its client asked for, where the version lets it", () => {
  const { clock, commit, offset } = setUp();
  const soon = { topic: "t", partition: 0, offset: 5n, leaderEpoch: -1, metadata: "" };
  commit({ offsets: [{ ...soon, expiresAtMs: 600_001 }] });
  clock.advance(600_000);
  const before = offset();
  clock.advance(600_000);
  expect([before, offset()]).toEqual([5n, undefined]);
});

test("GroupCoordinator deletes groups of which nothing is left, not those of open transactions", () => {
  const { clock, groups, commit } = setUp();
  groups.addClassic("empty");
  groups.commitTransactional(7, {
    groupId: "open",
    memberId: "",
    groupInstanceId: null,
    generation: -1,
    isTransactional: true,
    version: 3,
    offsets: [{ topic: "t", partition: 0, offset: 5n, leaderEpoch: -1, metadata: "" }],
  });
  commit();
  clock.advance(600_000);
  expect([...groups.groups].map(({ id }) => id)).toEqual(["open", "g"]);
});

test("GroupCoordinator.move() answers who waits, and goes on as saved with sessions anew", async () => {
  const { clock, groups, enter } = setUp();
  const { memberId, generation } = await enter("t");
  const waiting = groups.getClassic("g")?.join(request());
  const none = () => false;
  groups.move(none, () => true);
  clock.advance(9_000);
  groups.move(
    (groupId) => groupId === "g",
    () => true,
  );
  clock.advance(9_000);
  const group = groups.getClassic("g");
  expect([(await waiting)?.errorCode, group?.heartbeat(memberId, null, generation)]).toEqual([
    errorCodes.NOT_COORDINATOR,
    errorCodes.NONE,
  ]);
});

test("GroupCoordinator.move() lets no session end while nobody coordinates the group", async () => {
  const { clock, groups, enter } = setUp();
  const { memberId, generation } = await enter("t");
  const all = () => true;
  groups.move(all, () => false);
  clock.advance(dayMs);
  groups.move(all, all);
  const { state } = groups.getClassic("g") ?? {};
  const heard = groups.getClassic("g")?.heartbeat(memberId, null, generation);
  clock.advance(10_000);
  expect([state, heard, groups.getClassic("g")?.state]).toEqual([
    "Stable",
    errorCodes.NONE,
    "Empty",
  ]);
});
