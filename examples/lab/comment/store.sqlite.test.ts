// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { writeFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { emptyDatabase, migrateDatabase, migratedDatabase, testClock } from "./database.testing.ts";
import { describeCommentStore } from "./store.contract.ts";
import { openSqliteCommentStore } from "./store.sqlite.ts";
import { CommentStoreUnavailableError } from "./store.ts";

const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";

describeCommentStore("openSqliteCommentStore()", async () => {
  const { now, tick } = testClock();
  const store = openSqliteCommentStore(await migratedDatabase(), { now });
  onTestFinished(() => store.close());
  return { store, tick };
});

test("openSqliteCommentStore() finds what an earlier process stored", async () => {
  const url = await migratedDatabase();
  const earlier = openSqliteCommentStore(url);
  const comment = await earlier.create({ videoID, content: "kept" });
  await earlier.close();

  const later = openSqliteCommentStore(url);
  onTestFinished(() => later.close());

  expect(await later.list(videoID, { limit: 0, offset: 0 })).toEqual([comment]);
});

test("openSqliteCommentStore() is unavailable until the database is migrated", async () => {
  const url = await emptyDatabase();
  expect(() => openSqliteCommentStore(url)).toThrow(
    new CommentStoreUnavailableError("No table 'comments': comment-migration has yet to run"),
  );

  await migrateDatabase(url);

  await openSqliteCommentStore(url).close();
});

test("openSqliteCommentStore() does not wait for a file that is no database", async () => {
  const url = await emptyDatabase();
  await writeFile(url.replace("sqlite:", ""), "no database, and a little longer than a header");

  expect(() => openSqliteCommentStore(url)).toThrow("file is not a database");
});

test("a store whose file is locked is unavailable, not broken", async () => {
  const url = await migratedDatabase();
  const store = openSqliteCommentStore(url, { timeoutMs: 1 });
  onTestFinished(() => store.close());
  const other = new DatabaseSync(url.replace("sqlite:", ""));
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");

  await expect(store.create({ videoID, content: "late" })).rejects.toThrow(
    new CommentStoreUnavailableError("database is locked"),
  );
});

test("a store that is closed is unavailable", async () => {
  const store = openSqliteCommentStore(await migratedDatabase());
  await store.close();

  await expect(store.list(videoID, { limit: 0, offset: 0 })).rejects.toThrow(
    CommentStoreUnavailableError,
  );
});
