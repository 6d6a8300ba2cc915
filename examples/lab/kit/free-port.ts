// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ports that systems hand out by themselves, from 32768 on: one of those could be given
// to somebody else between the look at it here and the start of the process that gets it.
const firstPort = 20_000;
const lastPort = 29_000;

/** A port of 127.0.0.1 that nobody listens on now, for a process that must be told which. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort);
    if (await isFree(port)) return port;
  }
}

/** Whether nobody listens on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
