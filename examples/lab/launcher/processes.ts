// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LabPorts } from "./ports.ts";

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
export function migration(dataDir: string): LabProcess {
  return {
    name: "comment-migration",
    module: new URL("comment/migration/main.ts", lab),
    env: { MIGRATION_URL: `sqlite:${join(dataDir, "comments.db")}` },
  };
}

/** In the order in which they start; they stop in the reverse order. */
export function labProcesses(dataDir: string, ports: LabPorts): LabProcess[] {
  const loopback = (port: number) => `127.0.0.1:${port}`;
  const objects = pathToFileURL(join(dataDir, "objects")).href;
  return [
    {
      name: "kafka",
      module: new URL("../../packages/embedded-kafka/src/cli.ts", lab),
      args: ["--port", `${ports.kafka}`, "--data", join(dataDir, "kafka"), "--topic", "video:4"],
      ports: { kafka: ports.kafka },
    },
    {
      name: "video-stream",
      module: new URL("stream/main.ts", lab),
      env: {
        METER_ADDR: loopback(ports.videoStreamMetrics),
        MONGO_URL: `sqlite:${join(dataDir, "videos.db")}`,
        MINIO_ENDPOINT: objects,
        OBJECTS_PUBLIC_URL: `http://${loopback(ports.objects)}`,
        KAFKA_CONSUMER_ADDRS: loopback(ports.kafka),
      },
      ports: { metrics: ports.videoStreamMetrics },
    },
    {
      name: "comment-api",
      module: new URL("comment/main.ts", lab),
      env: {
        GRPC_ADDR: loopback(ports.commentApi),
        METER_ADDR: loopback(ports.commentApiMetrics),
        POSTGRES_URL: `sqlite:${join(dataDir, "comments.db")}`,
        VIDEO_SERVER_ADDR: loopback(ports.videoApi),
      },
      ports: { gRPC: ports.commentApi, metrics: ports.commentApiMetrics },
    },
    {
      name: "video-api",
      module: new URL("video/main.ts", lab),
      env: {
        GRPC_ADDR: loopback(ports.videoApi),
        HTTP_ADDR: loopback(ports.objects),
        METER_ADDR: loopback(ports.videoApiMetrics),
        MONGO_URL: `sqlite:${join(dataDir, "videos.db")}`,
        MINIO_ENDPOINT: objects,
        OBJECTS_PUBLIC_URL: `http://${loopback(ports.objects)}`,
        KAFKA_PRODUCER_ADDRS: loopback(ports.kafka),
        COMMENT_SERVER_ADDR: loopback(ports.commentApi),
        // The only writer of this folder: whatever an earlier run left half written is stray.
        SWEEP_AGE: "0s",
      },
      ports: { gRPC: ports.videoApi, objects: ports.objects, metrics: ports.videoApiMetrics },
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
