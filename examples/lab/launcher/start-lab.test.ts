// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePorts } from "./ports.ts";
import { startLab } from "./start-lab.ts";

test("startLab() names the port and the process when a port is taken", async () => {
  const ports = await freePorts(1);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(ports.videoGateway, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());

  const started = startLab({ dataDir: "/nowhere", ports, signal: new AbortController().signal });

  await expect(started).rejects.toThrow(
    `Cannot start video-gateway: its HTTP port ${ports.videoGateway} is taken (LAB_PORTS=free takes free ones)`,
  );
});
