// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { Subscriber } from "./assignor.ts";
import { written } from "./consumer-group.testing.ts";
import { partitionKey } from "./partition-key.ts";
import { assignUniformly } from "./uniform-assignor.ts";

const subscriber = (id: string, topics: string, target = ""): Subscriber => ({
  id,
  topicIds: new Set([...topics].map((name) => `#${name}`)),
  target: new Set(
    target
      .split(" ")
      .filter((text) => text !== "")
      .map((text) => partitionKey(`#${text[0]}`, Number(text.slice(1)))),
  ),
});

const assign = (subscribers: Subscriber[], topics: Record<string, number>) => {
  const counts = new Map(Object.entries(topics).map(([name, count]) => [`#${name}`, count]));
  const assignment = [...assignUniformly(subscribers, counts)];
  return Object.fromEntries(assignment.map(([id, keys]) => [id, written(keys)]));
};

test.each([
  [
    "divides evenly what nobody has",
    [subscriber("x", "a"), subscriber("y", "a")],
    { a: 4 },
    { x: "a0 a2", y: "a1 a3" },
  ],
  [
    "leaves some without a partition when there are too few",
    [subscriber("x", "a"), subscriber("y", "a"), subscriber("z", "a")],
    { a: 2 },
    { x: "a0", y: "a1", z: "" },
  ],
  [
    "moves no more than a new member needs",
    [subscriber("x", "a", "a0 a1 a2 a3"), subscriber("y", "a")],
    { a: 4 },
    { x: "a0 a1", y: "a2 a3" },
  ],
  [
    "leaves things as they are when they are even",
    [subscriber("x", "a", "a1"), subscriber("y", "a", "a0 a2")],
    { a: 3 },
    { x: "a1", y: "a0 a2" },
  ],
  [
    "gives what a member left to those who have least",
    [subscriber("x", "a", "a0 a1"), subscriber("y", "a", "a2")],
    { a: 6 },
    { x: "a0 a1 a4", y: "a2 a3 a5" },
  ],
  [
    "evens out over different subscriptions as far as they allow",
    [subscriber("x", "ab", "a0 a1 b0 b1"), subscriber("y", "b"), subscriber("z", "c")],
    { a: 2, b: 2, c: 1 },
    { x: "a0 a1", y: "b0 b1", z: "c0" },
  ],
  [
    "takes away what is not subscribed to any more",
    [subscriber("x", "b", "a0 b0"), subscriber("y", "a")],
    { a: 1, b: 1 },
    { x: "b0", y: "a0" },
  ],
  ["knows groups that subscribe to nothing", [subscriber("x", "")], {}, { x: "" }],
])("assignUniformly() %s", (_, subscribers, topics: Record<string, number>, assigned) => {
  expect(assign(subscribers, topics)).toEqual(assigned);
});
