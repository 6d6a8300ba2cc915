// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { MemoryLogFolder } from "../log/memory-log-folder.ts";
import { resolveOptions } from "../resolve-options.ts";
import { createFillingStorage } from "../storage/filling-storage.testing.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { Cluster } from "./cluster.ts";
import type { Node } from "./node.ts";

test("Cluster gives coordinators to nodes that run, and keeps it later, when the disk is full", async () => {
  const error = vi.fn();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error };
  const storage = createFillingStorage();
  const cluster = new Cluster(resolveOptions({ brokers: 2, logger }), storage);
  await cluster.start();
  const [first] = cluster.nodes as [Node];
  const told = vi.fn();
  cluster.onMove(told);
  storage.isFull = true;
  await cluster.stopNode(first);
  const during = [
    first.sockets.size,
    cluster.coordinators.slotOf("group", "g").leader,
    told.mock.calls.length,
  ];
  storage.isFull = false;
  await cluster.startNode(first);
  const slots = [...storage.journal("cluster").entries.values()];
  await cluster.close();
  expect({ during, logged: error.mock.calls.length, slots }).toEqual({
    during: [0, 1, 1],
    logged: 1,
    slots: Array.from({ length: 50 }, () => ({ leader: 1, leaderEpoch: 1 })),
  });
});

test("Cluster.close() lets go of the storage when a log cannot be closed", async () => {
  const folder = new MemoryLogFolder();
  vi.spyOn(folder, "close").mockImplementation(() => {
    throw new Error("input/output error");
  });
  const closed = vi.fn();
  const memory = createMemoryStorage("id");
  const storage = { ...memory, openLog: () => folder, close: closed };
  const cluster = new Cluster(resolveOptions({}), storage);
  cluster.topics.create({ name: "t", partitions: 1 });
  await cluster.start();
  await expect(cluster.close()).rejects.toThrow("input/output error");
  expect(closed).toHaveBeenCalledOnce();
});
