// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../kit/sqlite.ts";
import { videoStoreContract } from "./store.contract.ts";
import { openVideoStore } from "./store.open.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";

videoStoreContract("sqlite", async (now) => {
  const database = openSqlite("sqlite::memory:");
  const store = createSqliteVideoStore(database, { now });
  const rows = database.prepare("SELECT topic, key, value, headers FROM outbox ORDER BY sequence");
  return {
    store,
    events: async () =>
      rows.all().map((row) => ({
        topic: String(row.topic),
        key: String(row.key),
        value: row.value as Uint8Array,
        headers: JSON.parse(String(row.headers)),
      })),
  };
});

test("openVideoStore() sees what another one of the same file wrote, and keeps it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "video-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const url = `sqlite:${join(folder, "videos.db")}`;
  const [writer, reader] = [openVideoStore(url), openVideoStore(url)];
  const id = "65a000000000000000000001";
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };

  await writer.create({ id, ...about }, { topic: "video", key: id, value: Uint8Array.of(1) });
  const seen = await reader.get(id);
  await writer.close();
  await reader.close();
  const reopened = openVideoStore(url);
  onTestFinished(() => reopened.close());

  expect(await reopened.get(id)).toEqual(seen);
});

test("openVideoStore() refuses a scheme that no adapter has", () => {
  expect(() => openVideoStore("mongodb://localhost")).toThrow(
    "Cannot open video store 'mongodb:': no adapter has this scheme",
  );
});
