// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const noId = Buffer.alloc(16);

test("DeleteTopics takes names or ids, each topic once", async () => {
  const topics = ["a", "b", "c", "d"].map((name) => ({ name }));
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  const described = (await client.call("metadata", 12, { topics: null })).topics;
  const idOf = (wanted: string) =>
    Buffer.from(described.find(({ name }) => name === wanted)?.topicId ?? "");
  const remove = async (...wanted: { name: string | null; topicId: Buffer }[]) => {
    const answer = await client.call("deleteTopics", 6, { topics: wanted, timeoutMs: 1_000 });
    return answer.topics.map(({ name, errorCode }) => [name, errorCode]);
  };
  const seen = {
    name: await remove({ name: "a", topicId: noId }),
    id: await remove({ name: null, topicId: idOf("b") }),
    both: await remove({ name: "c", topicId: idOf("c") }),
    neither: await remove({ name: null, topicId: noId }),
    nameTwice: await remove({ name: "c", topicId: noId }, { name: "c", topicId: noId }),
    twice: await remove({ name: "c", topicId: noId }, { name: null, topicId: idOf("c") }),
    unknown: await remove(
      { name: "a", topicId: noId },
      { name: null, topicId: idOf("b") },
      { name: "d", topicId: noId },
    ),
  };
  const left = (await client.call("metadata", 12, { topics: null })).topics;
  expect({ ...seen, left: left.map(({ name }) => name) }).toEqual({
    name: [["a", errorCodes.NONE]],
    id: [["b", errorCodes.NONE]],
    both: [["c", errorCodes.INVALID_REQUEST]],
    neither: [[null, errorCodes.INVALID_REQUEST]],
    nameTwice: [["c", errorCodes.INVALID_REQUEST]],
    twice: [["c", errorCodes.INVALID_REQUEST]],
    unknown: [
      ["a", errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
      [null, errorCodes.UNKNOWN_TOPIC_ID],
      ["d", errorCodes.NONE],
    ],
    left: ["c"],
  });
});

test("DeleteTopics deletes what groups committed of a topic", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const offset = { index: 0, committedOffset: 7n, committedMetadata: null };
  const topics = [{ name: "t", partitions: [offset] }];
  await client.call("offsetCommit", 8, {
    groupId: "g",
    generationId: -1,
    memberId: "",
    topics,
  });
  const committed = async () => {
    const wanted = [{ name: "t", partitions: [0] }];
    const answer = await client.call("offsetFetch", 7, { groupId: "g", topics: wanted });
    return answer.topics[0]?.partitions[0]?.committedOffset;
  };
  const before = await committed();
  await client.call("deleteTopics", 1, { topicNames: ["t"], timeoutMs: 1_000 });
  await client.call("metadata", 4, { topics: [{ name: "t" }] });
  expect([before, await committed()]).toEqual([7n, -1n]);
});
