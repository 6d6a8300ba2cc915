// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ObjectStoreUnavailableError } from "../video/objects/objects.ts";
import { VideoStoreUnavailableError } from "../video/store.ts";
import { retryEvents } from "./retry.ts";

test("retryEvents() gives up on what fails for itself", () => {
  const retry = retryEvents(3);

  const waits = [1, 2, 3].map((attempt) => retry(attempt, new Error("No video")));

  expect(waits).toEqual([expect.any(Number), expect.any(Number), undefined]);
});

test.each([
  new VideoStoreUnavailableError("connection closed"),
  new ObjectStoreUnavailableError("connection closed"),
])("retryEvents() waits for a store that is away, however long it takes: %s", (error) => {
  const retry = retryEvents(3);

  const waits = [3, 10, 10_000].map((attempt) => retry(attempt, error));

  for (const waitMs of waits) expect(waitMs).toBeLessThanOrEqual(5000);
});
