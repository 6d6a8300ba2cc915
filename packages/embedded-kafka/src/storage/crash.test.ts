// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crash } from "./crash.testing.ts";

test("openDataDir() finds everything acknowledged when its process was killed in mid-write", async () => {
  const directory = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  const { missing, acknowledged } = await crash(directory, 4, Math.random);
  rmSync(directory, { recursive: true });
  expect([missing, acknowledged >= 4]).toEqual([[], true]);
});
