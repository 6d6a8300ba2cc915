// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";
import { listen } from "./listen.ts";

/** A port that nobody listens on now, for a process that does not say which one it was given. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
