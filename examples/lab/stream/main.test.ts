// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startBroker } from "@labwire/embedded-kafka";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../kit/free-port.ts";
import { startVideoStream } from "./main.testing.ts";

test("dependencies: video-stream waits for Kafka, says so, and is ready when it is there", async () => {
  const port = await freePort();
  const stream = await startVideoStream(`127.0.0.1:${port}`);

  const waiting = await stream.line(/Cannot consume yet/);
  const before = await stream.probe();
  const broker = await startBroker({ port, topics: [{ name: "video", partitions: 4 }] });
  onTestFinished(() => broker.close());
  await stream.line(/ Ready /);
  const after = await stream.probe();
  await broker.close();
  const away = await vi.waitFor(async () => {
    const probe = await stream.probe();
    expect(probe.readyz).toBe(503);
    return probe;
  }, 10_000);

  expect(waiting).toContain(`127.0.0.1:${port}`);
  expect({ before, after, away }).toEqual({
    before: { healthz: 200, readyz: 503, status: expect.stringContaining("kafka") },
    after: { healthz: 200, readyz: 200, status: "ok" },
    away: { healthz: 200, readyz: 503, status: expect.stringContaining("kafka") },
  });
  expect(await stream.stop()).toEqual([0, null]);
});

test("dependencies: video-stream that still waits for Kafka stops on SIGTERM with exit 0", async () => {
  const stream = await startVideoStream(`127.0.0.1:${await freePort()}`);
  await stream.line(/Cannot consume yet/);

  expect(await stream.stop()).toEqual([0, null]);
});
