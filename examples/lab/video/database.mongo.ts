// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Db, IndexDescription, MongoClientOptions } from "mongodb";
import { MongoClient, MongoServerError } from "mongodb";
import { PermanentError } from "../kit/wait-for.ts";
import type { MongoCallOptions } from "./mongo-call.ts";
import { createMongoCall } from "./mongo-call.ts";
import { createMongoOutbox, outboxIndex } from "./outbox.mongo.ts";
import { createMongoVideoStore, videoIndexes } from "./store.mongo.ts";
import type { VideoDatabase, VideoStoreAddress } from "./store.open.ts";

/** What the URL does not say. */
const defaults: MongoClientOptions = {
  // What was acknowledged is in the journal of most members: it survives kill -9 and a power cut.
  writeConcern: { w: "majority", journal: true },
  // How soon a server that is away is given up.
  serverSelectionTimeoutMS: 3000,
  connectTimeoutMS: 3000,
  waitQueueTimeoutMS: 5000,
  // A server that hangs: the connection is dropped, and another one is tried.
  socketTimeoutMS: 5000,
  // mongo-call.ts repeats instead.
  retryWrites: false,
  retryReads: false,
};

// What no waiting mends: Unauthorized, AuthenticationFailed, InvalidNamespace,
// IndexOptionsConflict, IndexKeySpecsConflict.
const permanentCodes: ReadonlySet<unknown> = new Set([13, 18, 73, 85, 86]);

/**
 * Opens the videos of a database, and makes the indexes that are not there.
 *
 * @throws PermanentError for a URL, database name or user that the driver or the server refuses;
 * VideoStoreUnavailableError when the server does not answer.
 */
export async function openMongoVideoDatabase(
  address: VideoStoreAddress,
  options: MongoCallOptions = {},
): Promise<VideoDatabase> {
  const { client, database } = connect(address);
  const call = createMongoCall(options);
  try {
    await call(() => database.command({ ping: 1 }));
    await call(() => makeIndexes(database, [...videoIndexes, outboxIndex]));
  } catch (error) {
    await client.close();
    throw isPermanent(error) ? permanent(error) : error;
  }
  return {
    store: { ...createMongoVideoStore(database, { call }), close: () => client.close() },
    outbox: createMongoOutbox(database),
  };
}

function connect({ MONGO_URL, MONGO_DATABASE }: VideoStoreAddress) {
  try {
    const client = new MongoClient(MONGO_URL, defaultsFor(MONGO_URL));
    return { client, database: client.db(MONGO_DATABASE) };
  } catch (error) {
    throw permanent(error);
  }
}

/** The driver lets options win over the URL: those that the URL has are left to it. */
function defaultsFor(url: string): MongoClientOptions {
  const named = new URLSearchParams(url.split("?")[1]);
  const names = new Set([...named.keys()].map((name) => name.toLowerCase()));
  const { writeConcern, ...rest } = defaults;
  const entries = Object.entries(rest).filter(([name]) => !names.has(name.toLowerCase()));
  const hasConcern = ["w", "journal", "wtimeoutms"].some((name) => names.has(name));
  return { ...Object.fromEntries(entries), ...(!hasConcern && { writeConcern }) };
}

async function makeIndexes(database: Db, indexes: IndexDescription[]): Promise<void> {
  await database.collection("videos").createIndexes(indexes);
}

function isPermanent(error: unknown): boolean {
  if (error instanceof MongoServerError) return permanentCodes.has(error.code);
  return error instanceof Error && /^Mongo(Parse|InvalidArgument|API)Error$/.test(error.name);
}

// Without the URL, which may hold a password.
function permanent(error: unknown): PermanentError {
  const reason = error instanceof Error ? error.message : String(error);
  return new PermanentError(`Cannot open the videos in MongoDB: ${reason}`, { cause: error });
}
