// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { begin, write } from "../transaction-wire.ts";
import { errorName, fetch, only, produce } from "../wire.ts";

/** What the tools of administrators ask. */
export function toolsChapter(site: Site): void {
  describe("OffsetForLeaderEpoch", () => {
    test("tells where an epoch ended, and the epoch before where there was none", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, name = topic) => {
        const partitions = [{ index: 0, currentLeaderEpoch, leaderEpoch }];
        const asked = { topics: [{ name, partitions }] };
        const answer = only(
          only((await client.call("offsetForLeaderEpoch", 4, asked)).topics).partitions,
        );
        return [errorName(answer.errorCode), answer.leaderEpoch, Number(answer.endOffset)];
      };
      const empty = await ask(0);
      await produce(client, topic, batchOf(["a", "b"]));
      expect([
        empty,
        await ask(0),
        await ask(5),
        await ask(0, 7),
        await ask(0, -1, "nobody-made"),
      ]).toEqual([
        ["NONE", 0, 0],
        ["NONE", 0, 2],
        ["NONE", -1, -1],
        ["UNKNOWN_LEADER_EPOCH", -1, -1],
        ["UNKNOWN_TOPIC_OR_PARTITION", -1, -1],
      ]);
    });
  });

  describe("ElectLeaders", () => {
    test("says that there is no need, and what there is not", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const ask = async (name: string, partition: number) => {
        const topics = [{ name, partitions: [partition] }];
        const answer = await client.call("electLeaders", 2, { electionType: 0, topics });
        return errorName(only(only(answer.topics).partitions).errorCode);
      };
      expect([await ask(topic, 0), await ask(topic, 4), await ask("nobody-made-this", 0)]).toEqual([
        "ELECTION_NOT_NEEDED",
        "UNKNOWN_TOPIC_OR_PARTITION",
        "UNKNOWN_TOPIC_OR_PARTITION",
      ]);
    });
  });

  describe("DescribeLogDirs", () => {
    test("tells how large partitions are", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const batch = batchOf(["x".repeat(1_000)]);
      await produce(client, topic, batch);
      const asked = { topics: [{ name: topic, partitions: [0] }] };
      const { errorCode, results } = await client.call("describeLogDirs", 4, asked);
      const { topics } = only(results);
      expect([errorName(errorCode), topics]).toEqual([
        "NONE",
        [
          {
            name: topic,
            partitions: [
              {
                index: 0,
                partitionSize: BigInt(batch.length),
                offsetLag: 0n,
                isFutureKey: false,
              },
            ],
          },
        ],
      ]);
    });
  });

  describe("DescribeUserScramCredentials", () => {
    test("names users and their mechanisms, and no secrets", async () => {
      await using client = await site.connect();
      const users = [{ name: "app" }, { name: "nobody" }];
      const { results } = await client.call("describeUserScramCredentials", 0, { users });
      expect(
        results.map(({ user, errorCode, credentialInfos }) => [
          user,
          errorName(errorCode),
          credentialInfos.map(({ mechanism }) => mechanism).sort(),
        ]),
      ).toEqual([
        ["app", "NONE", [1, 2]],
        ["nobody", "RESOURCE_NOT_FOUND", []],
      ]);
    });
  });

  describe("DescribeProducers", () => {
    test("knows no producer of what there is not", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const ask = async (name: string, partition: number) => {
        const topics = [{ name, partitions: [partition] }];
        const answer = await client.call("describeProducers", 0, { topics });
        const { errorCode, activeProducers } = only(only(answer.topics).partitions);
        return [errorName(errorCode), activeProducers];
      };
      expect([await ask(topic, 0), await ask(topic, 3), await ask("nobody-made-this", 0)]).toEqual([
        ["NONE", []],
        ["UNKNOWN_TOPIC_OR_PARTITION", []],
        ["UNKNOWN_TOPIC_OR_PARTITION", []],
      ]);
    });
  });

  describe("FindCoordinator", () => {
    test("finds several at once, and refuses kinds and keys that cannot be", async () => {
      await using client = await site.connect();
      const groups = [await site.group(), await site.group()];
      const { coordinators } = await client.call("findCoordinator", 4, {
        coordinatorKeys: groups,
        keyType: 0,
      });
      const kind = await client.call("findCoordinator", 4, {
        coordinatorKeys: ["x"],
        keyType: 7,
      });
      const [host, port] = site.cluster.addresses[0]?.split(":") ?? [];
      expect({
        coordinators: coordinators.map(({ key, nodeId, host, port, errorCode }) => {
          return { key, nodeId, host, port, error: errorName(errorCode) };
        }),
        kind: kind.coordinators.map(({ errorCode, nodeId }) => [errorName(errorCode), nodeId]),
      }).toEqual({
        coordinators: groups.map((key) => {
          return { key, nodeId: 0, host, port: Number(port), error: "NONE" };
        }),
        kind: [["INVALID_REQUEST", -1]],
      });
    });
  });

  describe("large and many", () => {
    test("a record of 8 MiB goes through where the topic lets it", async () => {
      await using client = await site.connect();
      const size = 8 * 2 ** 20;
      const topic = await site.topic({ configs: { "max.message.bytes": `${size + 1_000}` } });
      const { error } = await produce(client, topic, batchOf(["x".repeat(size)]));
      const { values } = await fetch(client, topic);
      expect([error, values.map((value) => value?.length)]).toEqual(["NONE", [size]]);
    });

    test("a hundred partitions are written and read by one request each", async () => {
      await using client = await site.connect();
      const count = 100;
      const topic = await site.topic({ partitions: count });
      const partitions = Array.from({ length: count }, (_, index) => index);
      const produced = await client.call("produce", 9, {
        acks: -1,
        timeoutMs: 5_000,
        topics: [
          {
            name: topic,
            partitions: partitions.map((index) => ({ index, records: batchOf([`${index}`]) })),
          },
        ],
      });
      const fetched = await client.call("fetch", 12, {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [
          {
            name: topic,
            topicId: Buffer.alloc(16),
            partitions: partitions.map((index) => ({
              index,
              fetchOffset: 0n,
              maxBytes: 2 ** 20,
            })),
          },
        ],
        forgottenTopics: [],
      });
      const errors = only(produced.topics).partitions.map(({ errorCode }) => errorCode);
      const sizes = only(fetched.topics).partitions.map(
        ({ records }) => (records?.length ?? 0) > 0,
      );
      expect([new Set(errors), errors.length, new Set(sizes), sizes.length]).toEqual([
        new Set([0]),
        count,
        new Set([true]),
        count,
      ]);
    });

    test("offsets of what is deleted in an open transaction stay readable to those who may", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const producer = await begin(client, await site.transactionalId());
      await write(client, producer, topic, ["a", "b"]);
      const { topics } = await client.call("deleteRecords", 2, {
        topics: [{ name: topic, partitions: [{ index: 0, offset: 1n }] }],
        timeoutMs: 5_000,
      });
      const { values, logStartOffset } = await fetch(client, topic, { offset: 1 });
      expect([errorName(only(only(topics).partitions).errorCode), values, logStartOffset]).toEqual([
        "NONE",
        ["b"],
        1,
      ]);
    });
  });
}
