// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { join } from "../group-wire.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { initProducerId } from "../transaction-wire.ts";
import {
  errorName,
  fetch,
  latest,
  listOffset,
  only,
  partitionsOf,
  produce,
  until,
} from "../wire.ts";

const brokers = [0, 1, 2];

/** What clients see of three brokers. */
export function clusterChapter(site: Site): void {
  describe("a cluster of three", () => {
    test("spreads leaders and replicas, and every broker says the same", async () => {
      const topic = await site.topic({ partitions: 6, replicationFactor: 3 });
      const views: unknown[] = [];
      for (const nodeId of brokers) {
        await using client = await site.connect(nodeId);
        views.push(
          await until(
            () => partitionsOf(client, topic),
            (partitions) =>
              partitions.length === 6 && partitions.every(({ leader }) => leader >= 0),
          ),
        );
      }
      const [view] = views as [Awaited<ReturnType<typeof partitionsOf>>];
      const leads = brokers.map((id) => view.filter(({ leader }) => leader === id).length);
      expect({
        isSame: views.every((other) => JSON.stringify(other) === JSON.stringify(view)),
        leads,
        replicas: view.map(({ replicas }) => replicas.toSorted()),
        inSync: view.map(({ inSync }) => inSync.toSorted()),
        isPreferred: view.every(({ leader, replicas }) => leader === replicas[0]),
      }).toEqual({
        isSame: true,
        leads: [2, 2, 2],
        replicas: Array(6).fill(brokers),
        inSync: Array(6).fill(brokers),
        isPreferred: true,
      });
    });

    test("only the leader appends and tells offsets", async () => {
      const topic = await site.topic({ replicationFactor: 3 });
      const [leader = 0] = await site.ready(topic);
      const answers: unknown[] = [];
      for (const nodeId of brokers) {
        await using client = await site.connect(nodeId);
        const { error } = await produce(client, topic, batchOf(["x"]));
        const listed = await listOffset(client, topic, latest);
        const old = await fetch(client, topic, { version: 10 });
        answers.push([nodeId === leader, error, listed.error, old.error]);
      }
      expect(answers.sort()).toEqual([
        [false, ...Array(3).fill("NOT_LEADER_OR_FOLLOWER")],
        [false, ...Array(3).fill("NOT_LEADER_OR_FOLLOWER")],
        [true, "NONE", "NONE", "NONE"],
      ]);
    });

    test("a broker without a replica refuses to read too", async () => {
      const topic = await site.topic();
      const [leader = 0] = await site.ready(topic);
      await using client = await site.connect((leader + 1) % 3);
      expect((await fetch(client, topic)).error).toBe("NOT_LEADER_OR_FOLLOWER");
    });

    test("only its coordinator serves a group and a transactional id", async () => {
      const [group, transactionalId] = [await site.group(), await site.transactionalId()];
      const coordinators = {
        group: await site.coordinatorOf("group", group),
        transaction: await site.coordinatorOf("transaction", transactionalId),
      };
      const answers = { group: [] as unknown[], transaction: [] as unknown[] };
      for (const nodeId of brokers) {
        await using client = await site.connect(nodeId);
        const joined = await join(client, { group });
        const described = await client.call("describeGroups", 5, { groups: [group] });
        answers.group.push([
          nodeId === coordinators.group,
          joined.error,
          errorName(only(described.groups).errorCode),
        ]);
        const { error } = await until(
          () => initProducerId(client, { transactionalId }),
          (answer) => answer.error !== "COORDINATOR_LOAD_IN_PROGRESS",
        );
        answers.transaction.push([nodeId === coordinators.transaction, error]);
      }
      expect({ group: answers.group.sort(), transaction: answers.transaction.sort() }).toEqual({
        group: [
          [false, "NOT_COORDINATOR", "NOT_COORDINATOR"],
          [false, "NOT_COORDINATOR", "NOT_COORDINATOR"],
          [true, "MEMBER_ID_REQUIRED", "NONE"],
        ],
        transaction: [
          [false, "NOT_COORDINATOR"],
          [false, "NOT_COORDINATOR"],
          [true, "NONE"],
        ],
      });
    });
  });
}
