// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killAmidTransactions } from "./kill.testing.ts";

test("transactions are whole or not at all when their broker is killed 4 times", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
  const { faults, committed, aborted } = await killAmidTransactions(dataDir, 4);
  rmSync(dataDir, { recursive: true });
  expect([faults, committed > 0, aborted > 0]).toEqual([[], true, true]);
});
