// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { handlers } from "../handlers/handlers.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { type ApiId, apis } from "../protocol/apis.ts";
import { mutated, randomMessage, seededRandom } from "../protocol/random-message.testing.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { type Broker, startBroker } from "../start-broker.ts";

/** Sends one request and waits until all of it has been dealt with. */
async function sendTo(broker: Broker, frame: Buffer): Promise<void> {
  await using client = await RawClient.connect(broker);
  client.send(frame);
  client.socket.end();
  while (await client.frame());
}

test("the broker fails at no request, whatever is in it, and however it is mangled", async () => {
  const random = seededRandom(6);
  const errors: unknown[] = [];
  const error = (...logged: unknown[]) => errors.push(logged);
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error };
  const topics = [{ name: "topic", partitions: 2 }];
  await using broker = await startBroker({ clock: new ManualClock(), logger, topics, brokers: 2 });
  const failures: unknown[] = [];
  for (const id of Object.keys(handlers) as ApiId[]) {
    const { served, request } = apis[id];
    for (let version = served[0]; version <= served[1]; version++) {
      for (let round = 0; round < 4; round++) {
        const message = randomMessage(request, version, random);
        const frame = requestFrame(id, version, message as never);
        await sendTo(broker, round % 2 === 0 ? frame : mutated(frame, random));
        if (errors.length > 0) failures.push([id, version, message, ...errors.splice(0)]);
      }
    }
  }
  await using client = await RawClient.connect(broker);
  const { brokers } = await client.call("metadata", 1, { topics: [] });
  expect([failures, brokers.length]).toEqual([[], 2]);
});
