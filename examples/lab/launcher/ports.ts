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
  /** One of each video-stream. */
  readonly videoStreamMetrics: readonly number[];
}

const firstStreamMetrics = 2226;

/** Those of the documentation. */
export function wellKnownPorts(streams: number): LabPorts {
  return {
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
    videoStreamMetrics: Array.from({ length: streams }, (_, i) => firstStreamMetrics + i),
  };
}

/** Ports that nobody listens on now, for a second lab beside the first, and for tests. */
export async function freePorts(streams: number): Promise<LabPorts> {
  const { videoStreamMetrics: _, ...listeners } = wellKnownPorts(streams);
  const names = Object.keys(listeners);
  const free = new Set<number>();
  while (free.size < names.length + streams) free.add(await freePort());
  const ports = [...free];
  const named = Object.fromEntries(names.map((name, i) => [name, ports[i] ?? 0]));
  return { ...(named as typeof listeners), videoStreamMetrics: ports.slice(names.length) };
}

export function loopback(port: number): string {
  return `127.0.0.1:${port}`;
}
