// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePorts, isFree, wellKnownPorts } from "./ports.ts";

test("freePorts() answers a different free port for every listener", async () => {
  const ports = await freePorts();

  expect(Object.keys(ports)).toEqual(Object.keys(wellKnownPorts));
  expect(new Set(Object.values(ports)).size).toBe(Object.keys(wellKnownPorts).length);
});

test("isFree() is false for a port that someone listens on", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };

  expect(await isFree(port)).toBe(false);
});
