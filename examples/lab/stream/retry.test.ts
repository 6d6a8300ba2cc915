// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ProcessCall } from "@labwire/kafkakit";
import { expect, test } from "vitest";
import { ObjectStoreUnavailableError } from "../video/objects/objects.ts";
import { VideoStoreUnavailableError } from "../video/store.ts";
import { createEventRetry } from "./retry.ts";

const away = () => new ObjectStoreUnavailableError("connection closed");
const broken = () => new Error("No video");

test("createEventRetry() gives up on what fails for itself", async () => {
  const event = eventOf(3);

  const waits = [await event.fail(broken()), await event.fail(broken())];

  expect(waits).toEqual([expect.any(Number), expect.any(Number)]);
  expect(await event.fail(broken())).toBeUndefined();
});

test.each([new VideoStoreUnavailableError("connection closed"), away()])(
  "createEventRetry() waits for a store that is away, however long it takes: %s",
  (error) => {
    const { policy } = createEventRetry(3);

    const waits = [3, 10, 10_000].map((attempt) => policy(attempt, error));

    for (const waitMs of waits) expect(waitMs).toBeLessThanOrEqual(5000);
  },
);

test("createEventRetry() does not count the tries while a store was away", async () => {
  const event = eventOf(2);
  for (let attempt = 0; attempt < 10; attempt++) await event.fail(away());

  const first = await event.fail(broken());
  await event.fail(away());
  const second = await event.fail(broken());

  expect([first, second]).toEqual([expect.any(Number), undefined]);
});

/** One event, as kafkakit tries it again and again. */
function eventOf(attempts: number) {
  const { count, policy } = createEventRetry(attempts);
  const record = {} as ProcessCall["record"];
  let attempt = 0;
  return {
    /** How long the policy waits after the next try has failed so. */
    fail: async (error: Error) => {
      attempt++;
      const call = { kind: "process", record, attempt } as ProcessCall;
      const thrown = await count(() => Promise.reject(error))(call).catch((error) => error);
      return policy(attempt, thrown);
    },
  };
}
