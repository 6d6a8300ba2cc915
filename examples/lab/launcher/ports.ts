// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { freePort } from "../kit/free-port.ts";

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
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  return Object.fromEntries([...ports].map((port, i) => [names[i], port])) as unknown as LabPorts;
}
