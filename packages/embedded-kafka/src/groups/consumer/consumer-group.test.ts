// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../../protocol/error-codes.ts";
import {
  beat,
  entry,
  rebalanceTimeoutMs,
  sessionTimeoutMs,
  setUp,
} from "./consumer-group.testing.ts";
import type { TopicPartitions } from "./partition-key.ts";

const owned = (...partitions: number[]): { owned: TopicPartitions[] } => ({
  owned: [{ topicId: "#a", partitions }],
});
const whole = { rebalanceTimeoutMs, topicNames: ["a"] };

/** A group in which x has given up a2 and a3, and y has not asked for them yet. */
function pair() {
  const made = setUp({ a: 4 });
  made.told(entry("x", ["a"]));
  made.told(entry("y", ["a"]));
  made.told(beat("x", 2));
  return made;
}

test("heartbeat() gives a member that is alone everything, and tells it once", () => {
  const { group, told } = setUp({ a: 2, b: 1 });
  const answers = [
    told(entry("x", ["b", "a", "a"])),
    told(beat("x", 2)),
    told(beat("x", 2, { ...whole, topicNames: ["a", "b"], ...owned(0) })),
    told(entry("x", ["a", "b"])),
  ];
  expect([answers, group.state]).toEqual([
    ["2: a0 a1 b0", "2: unchanged", "2: a0 a1 b0", "2: a0 a1 b0"],
    "Stable",
  ]);
});

test("heartbeat() gives partitions to another member only when the first says that it has given them up", () => {
  const { group, told } = setUp({ a: 4 });
  const states: string[] = [];
  const step = (answer: string) => states.push(`${answer} ${group.state}`);
  step(told(entry("x", ["a"])));
  step(told(entry("y", ["a"])));
  step(told(beat("x", 2)));
  step(told(beat("y", 3)));
  step(told(beat("x", 2, { ...whole, ...owned(0, 1, 2, 3) })));
  step(told(beat("x", 2, owned(0, 1))));
  step(told(beat("y", 3)));
  expect(states).toEqual([
    "2: a0 a1 a2 a3 Stable",
    "3:  Reconciling",
    "2: a0 a1 Reconciling",
    "3: unchanged Reconciling",
    "2: a0 a1 Reconciling",
    "3: unchanged Reconciling",
    "3: a2 a3 Stable",
  ]);
});

test("heartbeat() goes on from the epoch before when the answer with the new one was lost", () => {
  const { told } = pair();
  told(beat("x", 2, owned(0, 1)));
  expect([
    told(beat("x", 2, owned(0, 1))),
    told(beat("x", 2, owned(0, 1, 2))),
    told(beat("x", 2)),
  ]).toEqual([
    "3: unchanged",
    expect.stringContaining("has a smaller member epoch (2)"),
    expect.stringContaining("must abandon all its partitions and rejoin"),
  ]);
});

test("heartbeat() makes a new epoch when topics come, grow and go", () => {
  const { topics, told, group } = setUp({ a: 1 });
  const answers = [told(entry("x", ["a", "b"]))];
  topics.set("a", 2);
  answers.push(told(beat("x", 2)));
  topics.set("b", 1);
  answers.push(told(beat("x", 3)));
  topics.set("c", 1);
  answers.push(told(beat("x", 4)));
  topics.set("b", 0);
  answers.push(told(beat("x", 4)), told(beat("x", 4, owned(0, 1))));
  expect([answers, group.state]).toEqual([
    ["2: a0", "3: a0 a1", "4: a0 a1 b0", "4: unchanged", "4: a0 a1", "5: unchanged"],
    "Stable",
  ]);
});

test("heartbeat() follows a regular expression as topics come", () => {
  const { topics, told } = setUp({ "a-1": 1, b: 1 });
  const regex = { topicNames: null, topicRegex: "a-.*" };
  const answers = [told(entry("x", [], regex))];
  topics.set("a-2", 1);
  answers.push(told(beat("x", 2)), told(beat("x", 3, { topicRegex: "(" })));
  answers.push(told(beat("x", 3, { topicRegex: "", topicNames: ["b"], owned: [] })));
  expect(answers).toEqual([
    "2: a-10",
    "3: a-10 a-20",
    "SubscribedTopicRegex `(` is not a valid regular expression.",
    "4: b0",
  ]);
});

test("heartbeat() refuses a regular expression that takes too long", () => {
  const { told } = setUp({ ["a".repeat(200)]: 1 });
  expect(told(entry("x", [], { topicNames: null, topicRegex: "(a+)+b" }))).toBe(
    "SubscribedTopicRegex `(a+)+b` takes too long to match the topics that there are.",
  );
});

test("a member that still gives up partitions may unsubscribe from more", () => {
  const { told, group } = setUp({ a: 2, b: 2 });
  told(entry("x", ["a", "b"]));
  told(entry("y", ["a"]));
  const answers = [
    told(beat("x", 2)),
    told(beat("x", 2, { topicNames: ["a"] })),
    told(beat("y", 3)),
    told(beat("x", 2, owned(0))),
    told(beat("x", 2, { owned: [] })),
    told(beat("y", 4)),
  ];
  expect([answers, group.state]).toEqual([
    ["2: b0 b1", "2: ", "4: unchanged", "2: unchanged", "4: a0", "4: a1"],
    "Stable",
  ]);
});

test("a member that says nothing for its session is out, and the others take over", () => {
  const { clock, group, told } = setUp({ a: 4 });
  told(entry("x", ["a"]));
  told(entry("y", ["a"]));
  clock.advance(sessionTimeoutMs - 1);
  told(beat("y", 3));
  clock.advance(1);
  const states = [group.state, group.content.epoch];
  const late = told(beat("x", 2));
  expect([states, late, told(beat("y", 3)), group.state]).toEqual([
    ["Assigning", 4],
    "Member x is not a member of group g.",
    "4: a0 a1 a2 a3",
    "Stable",
  ]);
  clock.advance(sessionTimeoutMs);
  expect([group.state, clock.timers]).toEqual(["Empty", 0]);
});

test("a member that does not give up partitions within its rebalance timeout is out", () => {
  const { clock, told } = pair();
  clock.advance(rebalanceTimeoutMs - 1);
  const before = told(beat("x", 2));
  told(beat("y", 3));
  clock.advance(1);
  expect([before, told(beat("x", 2)), told(beat("y", 3))]).toEqual([
    "2: unchanged",
    "Member x is not a member of group g.",
    "4: a0 a1 a2 a3",
  ]);
});

test("a member that gives up partitions in time stays", () => {
  const { clock, told } = pair();
  clock.advance(rebalanceTimeoutMs - 1);
  told(beat("x", 2, owned(0, 1)));
  told(beat("y", 3));
  clock.advance(rebalanceTimeoutMs);
  expect(told(beat("x", 3))).toBe("3: unchanged");
});

test("a static member that leaves for a while gets its place back, unless its session ends", () => {
  const { clock, group, told } = setUp({ a: 2 });
  const pod = { instanceId: "pod-0" };
  const join = (id: string) => told(entry(id, ["a"], pod));
  const answers = [join("x"), join("y"), told(beat("y", 2, pod))];
  group.leave(beat("x", -2, pod));
  answers.push(told(beat("x", 2, pod)), join("y"), told(beat("y", 2, pod)));
  group.leave(beat("y", -2, pod));
  const { epoch } = group.content;
  clock.advance(sessionTimeoutMs);
  expect([answers, epoch, group.content.epoch, group.state, clock.timers]).toEqual([
    [
      "2: a0 a1",
      "Static member y with instance id pod-0 cannot join the group because the instance id is owned by x member.",
      "Static member y with instance id pod-0 was fenced by member x.",
      expect.stringContaining("has a greater member epoch (2) than the one known"),
      "2: a0 a1",
      "2: unchanged",
    ],
    2,
    3,
    "Empty",
    0,
  ]);
});

test("a member that becomes a static one, or another, keeps its place", () => {
  const { group, told } = setUp({ a: 2 });
  const answers = [null, "pod-0", "pod-1"].map((instanceId) =>
    told(entry("x", ["a"], { instanceId })),
  );
  expect([answers, group.summary().members.map((member) => member.groupInstanceId)]).toEqual([
    Array(3).fill("2: a0 a1"),
    ["pod-1"],
  ]);
});

test("expel() takes members out by their ids and instances", () => {
  const { group, told } = setUp({ a: 3 });
  told(entry("x", ["a"]));
  told(entry("y", ["a"], { instanceId: "pod-0" }));
  told(entry("z", ["a"], { instanceId: "pod-1" }));
  const codes = group.expel([
    { memberId: "x", groupInstanceId: null },
    { memberId: "", groupInstanceId: "pod-0" },
    { memberId: "x", groupInstanceId: "pod-1" },
    { memberId: "", groupInstanceId: "pod-2" },
    { memberId: "w", groupInstanceId: null },
  ]);
  expect([codes, [...group.content.members.keys()], group.content.epoch]).toEqual([
    [
      errorCodes.NONE,
      errorCodes.NONE,
      errorCodes.FENCED_INSTANCE_ID,
      errorCodes.UNKNOWN_MEMBER_ID,
      errorCodes.UNKNOWN_MEMBER_ID,
    ],
    ["z"],
    5,
  ]);
});

test("the assignor is the one that most members ask for", () => {
  const { group, told } = setUp({ a: 1 });
  const names = ["x", "y", "z"].map((id, at) => {
    told(entry(id, ["a"], { serverAssignor: at === 0 ? "uniform" : "range" }));
    return group.summary().protocolName;
  });
  expect([setUp({}).group.summary().protocolName, ...names]).toEqual([
    "uniform",
    "uniform",
    "uniform",
    "range",
  ]);
});

test("checkCommit() takes older epochs for partitions that the member has had since (KIP-1251)", () => {
  const { group, told } = pair();
  const commit = (memberId: string, generation: number, partition = 0, changes = {}) =>
    group.checkCommit(
      {
        memberId,
        generation,
        groupInstanceId: null,
        isTransactional: false,
        version: 9,
        ...changes,
      },
      [{ topic: "a", partition }],
    );
  const revoking = [commit("x", 2, 3), commit("x", 1, 3), commit("x", 3, 3)];
  told(beat("x", 2, owned(0, 1)));
  expect({
    revoking,
    kept: commit("x", 2, 0),
    given: commit("x", 2, 3),
    present: commit("x", 3, 3),
    stranger: commit("z", 3),
    alone: commit("", -1),
    aloneInTransaction: commit("", -1, 0, { isTransactional: true }),
    staleInTransaction: commit("x", 2, 3, { isTransactional: true }),
    oldRequest: commit("x", 3, 0, { version: 8 }),
    fetches: [group.checkFetch("x", 3), group.checkFetch("x", 2), group.checkFetch(null, -1)],
    stranges: group.checkFetch("", -1),
  }).toEqual({
    revoking: [errorCodes.NONE, errorCodes.STALE_MEMBER_EPOCH, errorCodes.STALE_MEMBER_EPOCH],
    kept: errorCodes.NONE,
    given: errorCodes.STALE_MEMBER_EPOCH,
    present: errorCodes.NONE,
    stranger: errorCodes.UNKNOWN_MEMBER_ID,
    alone: errorCodes.UNKNOWN_MEMBER_ID,
    aloneInTransaction: errorCodes.NONE,
    staleInTransaction: errorCodes.ILLEGAL_GENERATION,
    oldRequest: errorCodes.UNSUPPORTED_VERSION,
    fetches: [errorCodes.NONE, errorCodes.STALE_MEMBER_EPOCH, errorCodes.NONE],
    stranges: errorCodes.UNKNOWN_MEMBER_ID,
  });
});

test("a group that is restored goes on where it was, with sessions begun anew", () => {
  const { clock, group, restored } = pair();
  group.close();
  const again = restored();
  again.activate();
  const { content } = again;
  clock.advance(rebalanceTimeoutMs);
  expect([content, again.state, [...again.content.members.keys()], clock.timers]).toEqual([
    group.content,
    "Assigning",
    ["y"],
    1,
  ]);
});

test("what cannot be saved has not happened", () => {
  let isFull = false;
  const home = {
    save() {
      if (isFull) throw new Error("the disk is full");
    },
  };
  const { clock, group, told } = setUp({ a: 2 }, { home });
  told(entry("x", ["a"]));
  isFull = true;
  expect(() => told(entry("y", ["a"]))).toThrow("the disk is full");
  const alone = told(beat("x", 2));
  clock.advance(sessionTimeoutMs);
  expect([alone, group.state]).toEqual(["2: unchanged", "Stable"]);
});

test.each([
  ["session", false],
  ["time to give up partitions", true],
])("a member whose %s ends is out as soon as that can be saved", (_, beats) => {
  let isFull = false;
  const home = {
    save() {
      if (isFull) throw new Error("no space left on device");
    },
  };
  const { clock, group, told } = setUp({ a: 2 }, { home });
  told(entry("x", ["a"]));
  const isThere = () => group.content.members.has("x");
  const beatBoth = () => {
    if (isThere()) told(beat("x", 2));
    told(beat("y", group.content.members.get("y")?.epoch ?? 0));
  };
  const wait = () => {
    for (let ms = 0; ms < sessionTimeoutMs; ms += 5_000) {
      clock.advance(5_000);
      if (beats) beatBoth();
    }
    return isThere();
  };
  if (beats) {
    told(entry("y", ["a"])); // To which the other is to give up one, and never does.
    for (let times = 0; times < 3; times++) beatBoth();
  }
  isFull = true;
  const during = wait();
  isFull = false;
  expect([during, wait()]).toEqual([true, false]);
});

test("a heartbeat that changes nothing is not saved", () => {
  const { saved, told } = setUp({ a: 2 });
  told(entry("x", ["a"]));
  const { length } = saved;
  told(beat("x", 2));
  told(beat("x", 2, { ...whole, ...owned(0, 1) }));
  expect([length, saved.length]).toEqual([1, 1]);
});

test("isSubscribedTo() knows names and what regular expressions match", () => {
  const { group, told } = setUp({ "a-1": 1, b: 1 });
  told(entry("x", ["none"], { topicRegex: "a-.*" }));
  const names = ["a-1", "b", "none"];
  expect(names.map((name) => group.isSubscribedTo(name))).toEqual([true, false, true]);
});
