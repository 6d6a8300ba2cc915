// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../kit/sqlite.ts";
import { videoStoreContract } from "./store.contract.ts";
import { openVideoDatabase } from "./store.open.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";
import { VideoStoreUnavailableError } from "./store.ts";

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

test("openVideoDatabase() sees what another one of the same file wrote, and keeps it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "video-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const address = { MONGO_URL: `sqlite:${join(folder, "videos.db")}`, MONGO_DATABASE: "" };
  const { store: writer } = await openVideoDatabase(address);
  const { store: reader } = await openVideoDatabase(address);
  const id = "65a000000000000000000001";
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };

  await writer.create({ id, ...about }, { topic: "video", key: id, value: Uint8Array.of(1) });
  const seen = await reader.get(id);
  await writer.close();
  await reader.close();
  const { store: reopened } = await openVideoDatabase(address);
  onTestFinished(() => reopened.close());

  expect(await reopened.get(id)).toEqual(seen);
});

test("create() rejects with VideoStoreUnavailableError while the file is locked, then works", async () => {
  const folder = mkdtempSync(join(tmpdir(), "video-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [database, other] = [1, 2].map(() => openSqlite(`sqlite:${join(folder, "videos.db")}`));
  if (database === undefined || other === undefined) throw new Error("No database");
  onTestFinished(() => other.close());
  const store = createSqliteVideoStore(database);
  onTestFinished(() => store.close());
  database.exec("PRAGMA busy_timeout = 0");
  const id = "65a000000000000000000001";
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
  const event = { topic: "video", key: id, value: Uint8Array.of(1) };

  other.exec("BEGIN IMMEDIATE");
  const error = await store.create({ id, ...about }, event).catch((reason) => reason);
  other.exec("COMMIT");
  await store.create({ id, ...about }, event);

  expect(error).toBeInstanceOf(VideoStoreUnavailableError);
  expect(error).toMatchObject({ message: "database is locked", mayHaveHappened: false });
});

test("openVideoDatabase() refuses a scheme that no adapter has", async () => {
  const address = { MONGO_URL: "mysql://localhost", MONGO_DATABASE: "" };

  await expect(openVideoDatabase(address)).rejects.toThrow(
    "Cannot open video store 'mysql:': no adapter has this scheme",
  );
});
