// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../lib/run.ts";

const main = join(import.meta.dirname, "main.ts");

test("npm run servers -- --help says what there is, and starts nothing", async () => {
  const { ok, output } = await run(process.execPath, [main, "start", "redis", "--help"]);
  expect(ok).toBe(true);
  expect(output).toMatch(/^npm run servers -- start \[name\.\.\.\] .*kafka, .*redis/m);
  expect(output).toMatch(/^ {2}--data <folder> /m);
  expect(output).not.toContain("export ");
});

test.each([
  [["stop"], "servers: Cannot run 'stop': the commands are start and install\n"],
  [
    ["--port", "1"],
    /^servers: Unknown option '--port': the options are --data <folder> and --help\n$/,
  ],
  [["--data"], /^servers: Option '--data <value>' argument missing: the options are .*\n$/],
  [["start", "oracle"], /^servers: Cannot start 'oracle': there are kafka, /],
  [["install", "oracle"], /^servers: Cannot install 'oracle': there are prometheus, /],
])("npm run servers refuses %j in one line", async (args, message) => {
  const { ok, output } = await run(process.execPath, [main, ...args]);
  expect(ok).toBe(false);
  expect(output).toMatch(message);
});
