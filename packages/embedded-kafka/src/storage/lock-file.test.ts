// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock } from "./lock-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid as number;
}

test("takeLock() refuses a lock that is held and gives it when it is released", () => {
  const path = join(directory, "lock");
  const release = takeLock(path);
  const refused = () => takeLock(path);
  expect(refused).toThrow(
    `Cannot take the lock '${path}': the broker of process ${process.pid} uses it`,
  );
  expect(refused).toThrow(expect.objectContaining({ code: "data_locked" }));
  release();
  takeLock(path)();
  expect(readdirSync(directory)).toEqual([]);
});

test("takeLock() takes over the lock of a process that is gone, or is another one now", async () => {
  const path = join(directory, "lock");
  const stale = [`${await deadProcess()} 1\n`, "", "no number\n"];
  if (process.platform === "linux") stale.push(`${process.pid} 1\n`);
  const owners = stale.map((content) => {
    writeFileSync(path, content);
    const release = takeLock(path);
    const owner = Number.parseInt(readFileSync(path, "utf8"), 10);
    release();
    return owner;
  });
  expect([owners, readdirSync(directory)]).toEqual([stale.map(() => process.pid), []]);
});
