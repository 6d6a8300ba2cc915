// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createMemoryCommentStore } from "../../comment/store.memory.ts";
import type { CommentStore } from "../../comment/store.ts";
import { CommentNotFoundError, CommentStoreUnavailableError } from "../../comment/store.ts";
import { recordMetrics } from "./metrics.testing.ts";
import { dbSystemName, measureStore } from "./store-metrics.ts";

const count = "db_client_operation_duration_seconds_count";

async function measured(broken: Partial<CommentStore> = {}) {
  const { meterProvider, series } = await recordMetrics();
  const store = measureStore<CommentStore>(
    { ...createMemoryCommentStore(), ...broken },
    {
      ...{ meterProvider, url: "postgres://user:secret@host/db", collection: "comments" },
      isAnswer: (error) => error instanceof CommentNotFoundError,
    },
  );
  return { store, series };
}

test("measureStore() counts operations by name, and answers what the store does", async () => {
  const { store, series } = await measured();
  const { id } = await store.create({ videoID: "a", content: "first" });
  await store.list("a", { limit: 0, offset: 0 });
  expect(await store.list("a", { limit: 0, offset: 0 })).toMatchObject([{ id, content: "first" }]);
  await store.close();

  const labels = (operation: string) =>
    `{db_collection_name="comments",db_operation_name="${operation}",db_system_name="postgresql"}`;
  expect(await series(count)).toEqual([`${labels("create")} 1`, `${labels("list")} 2`]);
});

test("measureStore() tells failures by their class, and takes what is not found for an answer", async () => {
  const { store, series } = await measured({
    list: async () => {
      throw new CommentStoreUnavailableError("away");
    },
  });
  await expect(store.list("a", { limit: 0, offset: 0 })).rejects.toThrow("away");
  await expect(store.delete("none")).rejects.toThrow(CommentNotFoundError);

  expect((await series(count)).map((line) => line.replace(/.*operation_name=/, ""))).toEqual([
    '"delete",db_system_name="postgresql"} 1',
    '"list",db_system_name="postgresql",error_type="CommentStoreUnavailableError"} 1',
  ]);
});

test("dbSystemName() has the words of the semantic conventions", () => {
  const urls = [
    "sqlite:a.db",
    "postgres://a/b",
    "postgresql://a",
    "mongodb://a",
    "mongodb+srv://a",
  ];
  expect(urls.map(dbSystemName)).toEqual([
    "sqlite",
    "postgresql",
    "postgresql",
    "mongodb",
    "mongodb",
  ]);
});
