// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LabServers } from "./lab-servers.ts";
import type { LabPorts } from "./ports.ts";
import { loopback } from "./ports.ts";

/** A process of the lab: what production starts, with addresses and adapters of one machine. */
export interface LabProcess {
  readonly name: string;
  /** The module that production starts too. */
  readonly module: URL;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its listeners, by what they are for. */
  readonly ports?: Readonly<Record<string, number>>;
}

const lab = new URL("../", import.meta.url);

/** Runs to its end before anything else starts. */
export function migration(servers: LabServers): LabProcess {
  return {
    name: "comment-migration",
    module: new URL("comment/migration/main.ts", lab),
    env: servers.env.migration,
  };
}

/** In the order in which they start; they stop in the reverse order. */
export function labProcesses(servers: LabServers, ports: LabPorts): LabProcess[] {
  const { env } = servers;
  return [
    ...servers.processes,
    ...ports.videoStreamMetrics.map((metrics, i) => ({
      // The first one keeps its name when there are more.
      name: i === 0 ? "video-stream" : `video-stream-${i + 1}`,
      module: new URL("stream/main.ts", lab),
      env: { ...env.videoStream, METER_ADDR: loopback(metrics) },
      ports: { metrics },
    })),
    {
      name: "comment-api",
      module: new URL("comment/main.ts", lab),
      env: {
        ...env.commentApi,
        GRPC_ADDR: loopback(ports.commentApi),
        METER_ADDR: loopback(ports.commentApiMetrics),
        VIDEO_SERVER_ADDR: loopback(ports.videoApi),
      },
      ports: { gRPC: ports.commentApi, metrics: ports.commentApiMetrics },
    },
    {
      name: "video-api",
      module: new URL("video/main.ts", lab),
      env: {
        ...env.videoApi,
        GRPC_ADDR: loopback(ports.videoApi),
        METER_ADDR: loopback(ports.videoApiMetrics),
        COMMENT_SERVER_ADDR: loopback(ports.commentApi),
      },
      ports: {
        gRPC: ports.videoApi,
        ...(servers.objectsPort && { objects: servers.objectsPort }),
        metrics: ports.videoApiMetrics,
      },
    },
    {
      name: "comment-gateway",
      module: new URL("gateway/main.comment.ts", lab),
      env: {
        HTTP_ADDR: loopback(ports.commentGateway),
        METER_ADDR: loopback(ports.commentGatewayMetrics),
        GRPC_SERVER_ADDR: loopback(ports.commentApi),
      },
      ports: { HTTP: ports.commentGateway, metrics: ports.commentGatewayMetrics },
    },
    {
      name: "video-gateway",
      module: new URL("gateway/main.video.ts", lab),
      env: {
        HTTP_ADDR: loopback(ports.videoGateway),
        METER_ADDR: loopback(ports.videoGatewayMetrics),
        GRPC_SERVER_ADDR: loopback(ports.videoApi),
      },
      ports: { HTTP: ports.videoGateway, metrics: ports.videoGatewayMetrics },
    },
  ];
}
