// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestLog, readAll } from "../log/partition-log.testing.ts";
import { DiskLogFolder } from "./disk-log-folder.ts";
import { OpenFiles } from "./open-files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("DiskLogFolder opens few files at once however many are used", () => {
  const files = new OpenFiles(8);
  const logs = Array.from({ length: 50 }, (_, at) =>
    openTestLog({
      folder: new DiskLogFolder(join(directory, String(at)), { files, syncs: false }),
    }),
  );
  for (let round = 0; round < 3; round++) {
    for (const [at, test] of logs.entries()) test.add({ values: [`${round} of ${at}`] });
  }
  const before = files.size;
  const wrong = logs.filter(({ log }, at) => {
    const values = readAll(log).map(({ value }) => value);
    return values.join() !== [0, 1, 2].map((round) => `${round} of ${at}`).join();
  });
  for (const { log } of logs) log.close();
  expect([before, wrong, files.size]).toEqual([8, [], 0]);
});

test("DiskLogFolder keeps open what is used when others come and go", () => {
  const files = new OpenFiles(4);
  const folder = new DiskLogFolder(directory, { files, syncs: false });
  const busy = folder.open("busy") as unknown as {
    fd: number | undefined;
    append(b: Buffer): void;
  };
  let reopened = 0;
  for (let at = 0; at < 100; at++) {
    if (at > 0 && busy.fd === undefined) reopened++;
    busy.append(Buffer.from("x"));
    folder.open(`other ${at}`).append(Buffer.from("y"));
  }
  expect([reopened < 3, folder.open("busy").size]).toEqual([true, 100]);
  folder.close();
});

test("DiskLogFolder makes a file at its first append, and no sooner", () => {
  const folder = new DiskLogFolder(directory, { files: new OpenFiles(4), syncs: true });
  const file = folder.open("a");
  const before = [readdirSync(directory), file.read(0, 10).length];
  file.append(Buffer.from("1"));
  expect([before, folder.list()]).toEqual([[[], 0], ["a"]]);
  folder.close();
});

test.each([true, false])("PartitionLog compacts and deletes on a disk (fsync %s)", (syncs) => {
  const config = { isCompacted: true, minCleanableDirtyRatio: 0, segmentBytes: 200 };
  const folder = new DiskLogFolder(directory, { files: new OpenFiles(2), syncs });
  const test = openTestLog({ folder, config });
  for (let at = 0; at < 30; at++) {
    test.add({ values: [{ key: `k${at % 4}`, value: String(at) }], timestamp: test.now });
  }
  test.log.clean();
  const found = readAll(test.reopen({ isClean: false }).log).map(({ value }) => Number(value));
  test.config = { ...test.config, retentionMs: 1 };
  test.now += 1_000;
  const again = test.reopen();
  again.config = test.config;
  again.log.clean();
  expect([found.slice(-4), found.length < 8, again.log.startOffset, readAll(again.log)]).toEqual([
    [26, 27, 28, 29],
    true,
    30,
    [],
  ]);
  again.log.close();
  expect(openTestLog({ folder }).log.endOffset).toBe(30);
});
