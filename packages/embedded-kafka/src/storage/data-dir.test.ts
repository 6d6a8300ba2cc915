// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { consoleLogger } from "../logger.ts";
import { openDataDir } from "./data-dir.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const id = "AAAAAAAAAAAAAAAAAAAAAQ";
const open = (syncs = false, logger = consoleLogger) => openDataDir(directory, { syncs, logger });

test.each([false, true])(
  "openDataDir() finds everything again when opened anew (fsync %s)",
  (syncs) => {
    const before = open(syncs);
    before.journal("topics").save(new Map([["video", { partitions: 2 }]]));
    const folder = before.openLog(id, "video", 1);
    folder.open("0.log").append(Buffer.from("records"));
    folder.write("state", Buffer.from("{}"));
    folder.close();
    const producerIds = [before.nextProducerId(), before.nextProducerId()];
    before.close();
    const after = open(syncs);
    const folderAfter = after.openLog(id, "video", 1);
    expect({
      clusterId: after.clusterId === before.clusterId,
      topics: [...after.journal("topics").entries],
      records: folderAfter.open("0.log").read(0, 100).toString(),
      state: folderAfter.read("state")?.toString(),
      nothing: folderAfter.read("other"),
      files: folderAfter.list().sort(),
      producerIds: [...producerIds, after.nextProducerId()],
    }).toEqual({
      clusterId: true,
      topics: [["video", { partitions: 2 }]],
      records: "records",
      state: "{}",
      nothing: undefined,
      files: ["0.log", "state"],
      producerIds: [0, 1, 1000],
    });
    folderAfter.close();
    after.close();
  },
);

test("openDataDir() gives another block of producer ids when the first is used up", () => {
  const storage = open();
  const ids = Array.from({ length: 2_500 }, () => storage.nextProducerId());
  storage.close();
  const after = open();
  expect([ids.every((value, at) => value === at), after.nextProducerId()]).toEqual([true, 3_000]);
  after.close();
});

test("Storage.keepLogs() removes the logs of topics that are not listed, and says so", () => {
  const warn = vi.fn();
  const storage = open(false, { ...consoleLogger, warn });
  storage.openLog(id, "kept", 0).close();
  const old = join(directory, "logs", "old.id");
  mkdirSync(join(old, "0"), { recursive: true });
  storage.keepLogs([{ id, name: "kept" }]);
  storage.close();
  expect(readdirSync(join(directory, "logs"))).toEqual([`kept.${id}`]);
  expect(warn.mock.calls).toEqual([[`Removed '${old}', which belongs to no topic`]]);
});

test.each([
  ["{", "its broker.json is not JSON"],
  ["null", "the format in its broker.json is undefined"],
  ['{"format":1}', "the format in its broker.json is 1, and this version knows 2"],
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

test("openDataDir() refuses a directory of something else, and leaves it as it was", () => {
  writeFileSync(join(directory, "meta.properties"), "");
  expect(() => open()).toThrow(
    `Cannot use the data directory '${directory}': it has files of something else, such as 'meta.properties'`,
  );
  expect(readdirSync(directory)).toEqual(["meta.properties"]);
});
