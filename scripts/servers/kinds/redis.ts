// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { requireTool } from "../install/tool-path.ts";
import type { ServerKind } from "../server.ts";
import { answersTcp } from "./probes.ts";

/** Redis without persistence: what is killed comes back empty, as a cache may. */
export const redis: ServerKind = {
  title: "Redis",
  wellKnownPort: 6379,
  stopSignal: "SIGTERM",
  programs: () => ["redis-server"],
  command: ({ folder, ports: [port] }) => [
    requireTool("redis-server"),
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "no"],
  ],
  isReady: ({ ports: [port] }) => answersTcp(port, "PING\r\n", "+PONG"),
  variables: ({ ports: [port] }) => ({ REDIS_ADDR: `127.0.0.1:${port}` }),
};
