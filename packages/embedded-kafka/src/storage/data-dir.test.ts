// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { consoleLogger } from "../logger.ts";
import { openDataDir } from "./data-dir.ts";
import type { CommittedOffset } from "./storage.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const video = { id: 0, name: "video", partitions: 2, configs: { "retention.ms": "1" } };

function offset(partition: number, value: bigint, groupId = "g"): CommittedOffset {
  return {
    groupId,
    protocolType: "consumer",
    topic: "video",
    partition,
    offset: value,
    metadata: "",
  };
}

const open = (logger = consoleLogger, syncs = false) => openDataDir(directory, { syncs, logger });

test.each([false, true])(
  "openDataDir() finds everything again when opened anew (fsync %s)",
  (syncs) => {
    const before = open(consoleLogger, syncs);
    before.saveTopics([video]);
    const log = before.openLog(video, 1);
    log.append(Buffer.from("records"));
    log.close();
    before.saveOffsets([offset(0, 5n), offset(1, 6n)], []);
    before.saveOffsets([offset(0, 2n ** 62n)], [offset(1, 0n)]);
    const producerIds = [before.nextProducerId(), before.nextProducerId()];
    before.close();
    const after = open(consoleLogger, syncs);
    const logAfter = after.openLog(video, 1);
    expect({
      clusterId: after.clusterId === before.clusterId,
      topics: after.topics,
      offsets: after.offsets,
      records: logAfter.read(0, 100).toString(),
      producerIds: [...producerIds, after.nextProducerId()],
    }).toEqual({
      clusterId: true,
      topics: [video],
      offsets: [offset(0, 2n ** 62n)],
      records: "records",
      producerIds: [0, 1, 1000],
    });
    logAfter.close();
    after.close();
  },
);

test("openDataDir() removes logs of topics that are no longer listed", () => {
  open().close();
  mkdirSync(join(directory, "logs", "old.0", "0"), { recursive: true });
  open().close();
  expect(readdirSync(join(directory, "logs"))).toEqual([]);
});

test("openDataDir() cuts a torn line at the end of the offsets and says so", () => {
  const before = open();
  before.saveOffsets([offset(0, 5n)], []);
  before.close();
  const path = join(directory, "offsets.jsonl");
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, `${whole}{"group":"g","to`);
  const warn = vi.fn();
  const after = open({ ...consoleLogger, warn });
  after.saveOffsets([offset(1, 6n)], []);
  after.close();
  const again = open();
  again.close();
  expect([warn.mock.calls, again.offsets]).toEqual([
    [[expect.stringContaining("Cut"), { fromByte: whole.length, bytes: 16 }]],
    [offset(0, 5n), offset(1, 6n)],
  ]);
});

test("openDataDir() keeps the offsets' file short when offsets are committed again and again", () => {
  const storage = open();
  for (let at = 0; at <= 30_000; at++) storage.saveOffsets([offset(at % 2, BigInt(at))], []);
  storage.close();
  const lines = readFileSync(join(directory, "offsets.jsonl"), "utf8").split("\n").length;
  const after = open();
  after.close();
  expect([lines < 11_000, after.offsets]).toEqual([true, [offset(0, 30_000n), offset(1, 29_999n)]]);
});

test.each([
  ["{", "JSON"],
  ['{"format":99}', "its format is 99"],
])("openDataDir() names the directory when broker.json is %s", (content, reason) => {
  writeFileSync(join(directory, "broker.json"), content);
  expect(() => open()).toThrow(
    expect.objectContaining({
      code: "storage",
      message: expect.stringMatching(`^Cannot use the data directory '${directory}': .*${reason}`),
    }),
  );
  expect(readdirSync(directory)).not.toContain("lock");
});
