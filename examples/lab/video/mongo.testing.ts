// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Db } from "mongodb";
import { MongoClient } from "mongodb";
import { onTestFinished } from "vitest";
import type { VideoStoreAddress } from "./store.open.ts";

export interface MongoUnderTest {
  readonly address: VideoStoreAddress;
  /** The same database by a connection of the test's own. */
  readonly database: Db;
}

/** A database with a name of its own, that is dropped with the test. */
export function freshMongo(url: string): MongoUnderTest {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 3000 });
  const database = client.db(name);
  onTestFinished(async () => {
    await database.dropDatabase();
    await client.close();
  });
  return { address: { MONGO_URL: url, MONGO_DATABASE: name }, database };
}
