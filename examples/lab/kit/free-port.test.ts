// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort, isFree } from "./free-port.ts";

test("freePort() answers a port that a server can take", async () => {
  const port = await freePort();
  const server = createServer();
  onTestFinished(() => void server.close());

  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));

  expect(server.address()).toMatchObject({ port });
});

test("isFree() is false for a port that someone listens on", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };

  expect(await isFree(port)).toBe(false);
});
