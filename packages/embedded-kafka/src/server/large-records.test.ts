// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { isIntact } from "../log/record-batch.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { openDataDir } from "../storage/data-dir.ts";

const batchBytes = 900_000;
/** More than the kernel takes of answers that nobody reads. */
const answers = 30;

async function produce(client: RawClient, index: number): Promise<void> {
  const records = createBatch({ values: [`${index}`.repeat(batchBytes)] });
  const topics = [{ name: "t", partitions: [{ index, records }] }];
  const request = { transactionalId: null, acks: -1, timeoutMs: 1000, topics };
  await client.call("produce", 9, request);
}

/** Whether what a partition answers is its own records and nothing else. */
async function isRight(client: RawClient, index: number): Promise<boolean> {
  const { topics } = await client.call("fetch", 4, {
    ...{ replicaId: -1, maxWaitMs: 1000, minBytes: 1, maxBytes: 1, isolationLevel: 0 },
    topics: [{ name: "t", partitions: [{ index, fetchOffset: 0n, maxBytes: 1 }] }],
  });
  const records = topics[0]?.partitions[0]?.records as Buffer;
  return isIntact(records) && records[records.length >> 1] === `${index}`.charCodeAt(0);
}

test("the broker sends what it has read when another client is sent as much before that", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const options = resolveOptions({});
  const storage = openDataDir(dataDir, { syncs: false, logger: options.logger });
  const cluster = new Cluster(options, storage);
  cluster.topics.create({ name: "t", partitions: 2 });
  await cluster.start();
  onTestFinished(() => cluster.close());
  const [node] = cluster.nodes as [Node];
  const [listener] = cluster.options.listeners as [Listener];
  const address = node.address(listener);
  await using slow = await RawClient.connect(address);
  for (const index of [0, 1]) await produce(slow, index);

  slow.socket.pause();
  const slowAnswers = Array.from({ length: answers }, () => isRight(slow, 0));
  const [socket] = node.sockets;
  await vi.waitUntil(() => socket?.writableNeedDrain, { interval: 1 });
  await using other = await RawClient.connect(address);
  const otherAnswers = Array.from({ length: 3 }, () => isRight(other, 1));
  const rightOnes = await Promise.all(otherAnswers);
  slow.socket.resume();
  rightOnes.push(...(await Promise.all(slowAnswers)));
  expect(rightOnes).toEqual(Array.from({ length: answers + 3 }, () => true));
});
