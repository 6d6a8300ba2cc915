// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { AssignerProtocol } from "kafkajs";
import { expect, test } from "vitest";
import { assignedPartitions, subscribedTopics } from "./consumer-protocol.ts";

const subscription = AssignerProtocol.MemberMetadata.encode({
  version: 1,
  topics: ["a", "b"],
  userData: Buffer.from("own"),
});
const assignment = AssignerProtocol.MemberAssignment.encode({
  version: 1,
  assignment: { a: [0, 2], b: [1] },
  userData: Buffer.alloc(0),
});

test("subscribedTopics() reads what a client says, and nothing from what is cut or none", () => {
  const cut = Array.from({ length: subscription.length }, (_, end) =>
    subscribedTopics(subscription.subarray(0, end)),
  );
  expect([subscribedTopics(subscription), new Set(cut)]).toEqual([
    ["a", "b"],
    new Set([undefined]),
  ]);
});

test("subscribedTopics() reads nothing from random bytes, and does not hang", () => {
  const wild = Buffer.from("00007fffffff00017400017400", "hex");
  const negative = Buffer.from("ffff00000001000174ffffffff", "hex");
  expect([subscribedTopics(wild), subscribedTopics(negative)]).toEqual([undefined, undefined]);
});

test("assignedPartitions() reads what a leader assigns, and none from no bytes", () => {
  expect([
    assignedPartitions(assignment),
    assignedPartitions(Buffer.alloc(0)),
    assignedPartitions(assignment.subarray(0, 20)),
  ]).toEqual([
    [
      { topic: "a", partition: 0 },
      { topic: "a", partition: 2 },
      { topic: "b", partition: 1 },
    ],
    [],
    undefined,
  ]);
});
