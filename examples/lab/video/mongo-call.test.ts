// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MongoNetworkError, MongoServerError } from "mongodb";
import { afterEach, expect, test, vi } from "vitest";
import { createMongoCall } from "./mongo-call.ts";
import { VideoStoreUnavailableError } from "./store.ts";

afterEach(() => void vi.useRealTimers());

const reset = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });

test.each([
  new MongoNetworkError("connection 7 closed"),
  reset,
  new MongoServerError({ message: "shutting down", code: 91 }),
])("call() does the work once more after: %s", async (error) => {
  const call = createMongoCall();
  const tries: boolean[] = [];

  const result = await call(async (again) => {
    tries.push(again);
    if (!again) throw error;
    return "done";
  });

  expect([result, tries]).toEqual(["done", [false, true]]);
});

test.each([
  ["MongoPoolClearedError", false],
  ["MongoNetworkTimeoutError", true],
])(
  "call() gives up after the second %s, and says whether it may have happened",
  async (name, may) => {
    const call = createMongoCall();
    const cause = Object.assign(new Error("away"), { name });

    const error = await call(() => Promise.reject(cause)).catch((reason) => reason);

    expect(error).toBeInstanceOf(VideoStoreUnavailableError);
    expect(error).toMatchObject({ message: "away", cause, mayHaveHappened: may });
  },
);

test("call() does not look for a server twice", async () => {
  const call = createMongoCall();
  const away = Object.assign(new Error("away"), { name: "MongoServerSelectionError" });
  const work = vi.fn(() => Promise.reject(away));

  await expect(call(work)).rejects.toMatchObject({ mayHaveHappened: false });

  expect(work).toHaveBeenCalledTimes(1);
});

test("call() lets any other error through", async () => {
  const call = createMongoCall();
  const error = new MongoServerError({ message: "E11000", code: 11000 });

  await expect(call(() => Promise.reject(error))).rejects.toBe(error);
});

test("call() rejects when its time is up", async () => {
  vi.useFakeTimers();
  const call = createMongoCall({ timeoutMs: 100 });
  const result = call(() => new Promise(() => {})).catch((reason) => reason);

  vi.advanceTimersByTime(100);

  expect(await result).toMatchObject({
    name: "VideoStoreUnavailableError",
    message: "MongoDB did not answer within 100 ms",
    mayHaveHappened: true,
  });
});
