// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MongoServerError } from "mongodb";
import { VideoStoreUnavailableError } from "./store.ts";

// What the driver says when a connection is lost or none can be had.
const neverSent: ReadonlySet<string> = new Set([
  "MongoServerSelectionError",
  "MongoPoolClearedError",
  "MongoWaitQueueTimeoutError",
]);
const maybeSent: ReadonlySet<string> = new Set([
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  // The client was closed, as it is when the process stops.
  ...["MongoClientClosedError", "MongoNotConnectedError", "MongoPoolClosedError"],
  ...["MongoServerClosedError", "MongoTopologyClosedError", "MongoExpiredSessionError"],
]);

// The driver lets some of what a socket says through as it is.
const socketCodes: ReadonlySet<string | undefined> = new Set([
  ...["EPIPE", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH"],
  ...["ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"],
  ...["ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ERR_STREAM_PREMATURE_CLOSE"],
]);

// What a server answers that stops, steps down, or runs out of time or disk:
// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const passingCodes: ReadonlySet<number> = new Set([
  6, 7, 50, 64, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031,
]);

export interface MongoCallOptions {
  /**
   * How long a call may take, all that the driver waits for included, in milliseconds. Default
   * 5000: who asks learns in time that the store is away, and a stop is not held up.
   */
  timeoutMs?: number;
}

/**
 * Does work on MongoDB, and once more when its answer was lost: `again` is true then, and what
 * the first try did may be there.
 *
 * @throws VideoStoreUnavailableError when the server does not answer in time.
 */
export type MongoCall = <T>(work: (again: boolean) => Promise<T>) => Promise<T>;

/**
 * The driver's own retries of writes work on replica sets only. Whatever the lab writes may be
 * repeated, so it is repeated here, in one way for every server.
 */
export function createMongoCall(options: MongoCallOptions = {}): MongoCall {
  const { timeoutMs = 5000 } = options;

  return async (work) => {
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const message = `MongoDB did not answer within ${timeoutMs} ms`;
      reject(new VideoStoreUnavailableError(message, { mayHaveHappened: true }));
    }, timeoutMs);
    try {
      return await Promise.race([workTwice(work), expired]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function workTwice<T>(work: (again: boolean) => Promise<T>): Promise<T> {
  let mayHaveHappened = false;
  for (let again = false; ; again = true) {
    try {
      return await work(again);
    } catch (error) {
      if (!isPassing(error)) throw error;
      mayHaveHappened ||= !neverSent.has(error.name);
      // The driver has looked for a server already for as long as it may.
      if (again || error.name === "MongoServerSelectionError") {
        throw new VideoStoreUnavailableError(error.message, { cause: error, mayHaveHappened });
      }
    }
  }
}

/** Whether the same call may succeed later. */
function isPassing(error: unknown): error is Error {
  if (error instanceof MongoServerError) return passingCodes.has(Number(error.code));
  if (!(error instanceof Error)) return false;
  const { name, code } = error as NodeJS.ErrnoException;
  return neverSent.has(name) || maybeSent.has(name) || socketCodes.has(code);
}
