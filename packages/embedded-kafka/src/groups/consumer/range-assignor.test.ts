// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { written } from "./consumer-group.testing.ts";
import { assignRanges } from "./range-assignor.ts";

const topics = new Map([
  ["#a", 5],
  ["#b", 5],
  ["#c", 1],
]);

const subscribers = (ids: string[], topicIds: string[], targets = new Map<string, Set<string>>()) =>
  ids.map((id) => ({ id, topicIds: new Set(topicIds), target: targets.get(id) ?? new Set() }));

const shown = (assignment: Map<string, Set<string>>) =>
  Object.fromEntries([...assignment].map(([id, keys]) => [id, written(keys)]));

test("assignRanges() divides topics with as many partitions as each other alike", () => {
  const assignment = assignRanges(subscribers(["y", "x"], [...topics.keys()]), topics);
  expect(shown(assignment)).toEqual({ x: "a0 a1 a2 b0 b1 b2 c0", y: "a3 a4 b3 b4" });
});

test("assignRanges() keeps the order of members when one joins whose id comes before theirs", () => {
  const before = assignRanges(subscribers(["x", "y"], ["#a"]), topics);
  const after = assignRanges(subscribers(["a", "x", "y"], ["#a"], before), topics);
  expect(shown(after)).toEqual({ x: "a0 a1", y: "a2 a3", a: "a4" });
});

test("assignRanges() gives partitions to none but those who subscribe to the topic", () => {
  const both = [...subscribers(["x"], ["#a"]), ...subscribers(["y"], ["#a", "#c"])];
  expect(shown(assignRanges(both, topics))).toEqual({ x: "a0 a1 a2", y: "a3 a4 c0" });
});
