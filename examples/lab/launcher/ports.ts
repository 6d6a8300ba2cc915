// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:net";

/** Where every listener of the lab is, on 127.0.0.1. */
export interface LabPorts {
  readonly kafka: number;
  readonly commentApi: number;
  readonly videoApi: number;
  readonly objects: number;
  readonly commentGateway: number;
  readonly videoGateway: number;
  readonly commentApiMetrics: number;
  readonly videoApiMetrics: number;
  readonly commentGatewayMetrics: number;
  readonly videoGatewayMetrics: number;
  readonly videoStreamMetrics: number;
}

export const wellKnownPorts: LabPorts = {
  kafka: 29092,
  commentApi: 8081,
  videoApi: 8082,
  objects: 9000,
  commentGateway: 10081,
  videoGateway: 10080,
  commentApiMetrics: 2222,
  videoApiMetrics: 2223,
  commentGatewayMetrics: 2224,
  videoGatewayMetrics: 2225,
  videoStreamMetrics: 2226,
};

/** Ports that nobody listens on now, for a second lab beside the first, and for tests. */
export async function freePorts(): Promise<LabPorts> {
  const names = Object.keys(wellKnownPorts);
  const reserved = await Promise.all(names.map(() => reserve(0)));
  const ports = Object.fromEntries(names.map((name, i) => [name, reserved[i]?.port]));
  await Promise.all(reserved.map((reservation) => reservation.release()));
  return ports as unknown as LabPorts;
}

export async function isFree(port: number): Promise<boolean> {
  try {
    const { release } = await reserve(port);
    await release();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

function reserve(port: number): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = server.address();
      resolve({
        port: typeof bound === "object" && bound !== null ? bound.port : port,
        release: () => new Promise((released) => server.close(() => released())),
      });
    });
  });
}
