// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Server } from "node:http";

/** No new requests; those under way may finish until the deadline, then their connections are cut. */
export async function closeHttpServer(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await closed;
  clearTimeout(cut);
}
