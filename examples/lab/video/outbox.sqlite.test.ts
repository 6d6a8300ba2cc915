// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { outboxContract } from "./outbox.contract.ts";
import { openVideoDatabase } from "./store.open.ts";

outboxContract("sqlite", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const folder = mkdtempSync(join(tmpdir(), "video-outbox-"));
  const address = { MONGO_URL: `sqlite:${join(folder, "videos.db")}`, MONGO_DATABASE: "" };
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    open: () => openVideoDatabase(address),
    passTime: async (ms) => void vi.advanceTimersByTime(ms),
  };
});
