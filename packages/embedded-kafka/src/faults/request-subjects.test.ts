// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { ApiId } from "../protocol/apis.ts";
import { subjectsOf } from "./request-subjects.ts";

const topicId = Buffer.alloc(16, 1);
const names = new Map([[topicId.toString("base64url"), "by-id"]]);

test.each<[ApiId, object, object]>([
  [
    "produce",
    { transactionalId: "x", topics: [{ name: "a" }, { topicId }] },
    { topics: ["a", "by-id"], transactionalIds: ["x"] },
  ],
  ["produce", { transactionalId: null, topics: [{ name: "", topicId: Buffer.alloc(16) }] }, {}],
  ["metadata", { topics: null }, {}],
  ["joinGroup", { groupId: "g", protocols: [{ name: "range" }] }, { groups: ["g"] }],
  ["describeGroups", { groups: ["g", "h"] }, { groups: ["g", "h"] }],
  ["deleteGroups", { groupNames: ["g"] }, { groups: ["g"] }],
  [
    "offsetFetch",
    { groupId: "", groups: [{ groupId: "g", topics: [{ name: "a", topicId: Buffer.alloc(16) }] }] },
    { groups: ["g"], topics: ["a"] },
  ],
  ["deleteTopics", { topics: [], topicNames: ["a"] }, { topics: ["a"] }],
  ["findCoordinator", { keyType: 0, key: "g", coordinatorKeys: [] }, { groups: ["g"] }],
  ["findCoordinator", { keyType: 1, key: "", coordinatorKeys: ["x"] }, { transactionalIds: ["x"] }],
  ["findCoordinator", { keyType: 2, key: "share", coordinatorKeys: [] }, {}],
  [
    "txnOffsetCommit",
    { transactionalId: "x", groupId: "g", topics: [{ name: "a" }] },
    { topics: ["a"], groups: ["g"], transactionalIds: ["x"] },
  ],
  [
    "addPartitionsToTxn",
    { v3AndBelowTransactionalId: "x", v3AndBelowTopics: [{ name: "a" }], transactions: [] },
    { topics: ["a"], transactionalIds: ["x"] },
  ],
  [
    "addPartitionsToTxn",
    {
      v3AndBelowTransactionalId: "",
      transactions: [{ transactionalId: "x", topics: [{ name: "a" }] }],
    },
    { topics: ["a"], transactionalIds: ["x"] },
  ],
  ["describeTransactions", { transactionalIds: ["x"] }, { transactionalIds: ["x"] }],
  [
    "consumerGroupHeartbeat",
    { groupId: "g", subscribedTopicNames: ["a"], topicPartitions: [{ topicId }] },
    { groups: ["g"], topics: ["a", "by-id"] },
  ],
  [
    "describeConfigs",
    {
      resources: [
        { resourceType: 2, resourceName: "a" },
        { resourceType: 4, resourceName: "0" },
      ],
    },
    { topics: ["a"] },
  ],
])("subjectsOf() finds in %s of %j what it is about", (id, request, expected) => {
  const { topics, groups, transactionalIds } = subjectsOf(id, request, (uuid) => names.get(uuid));
  expect({
    topics: [...topics],
    groups: [...groups],
    transactionalIds: [...transactionalIds],
  }).toEqual({ topics: [], groups: [], transactionalIds: [], ...expected });
});
