// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LabServers } from "./lab-servers.ts";
import type { LabPorts } from "./ports.ts";
import { loopback } from "./ports.ts";

const broker = new URL("../../../packages/embedded-kafka/src/cli.ts", import.meta.url);

/** Files in one folder, and a broker of the lab's own: nothing to install. */
export function embeddedServers(dataDir: string, ports: LabPorts): LabServers {
  const comments = `sqlite:${join(dataDir, "comments.db")}`;
  const videos = {
    MONGO_URL: `sqlite:${join(dataDir, "videos.db")}`,
    MINIO_ENDPOINT: pathToFileURL(join(dataDir, "objects")).href,
    OBJECTS_PUBLIC_URL: `http://${loopback(ports.objects)}`,
  };
  return {
    where: dataDir,
    processes: [
      {
        name: "kafka",
        module: broker,
        args: ["--port", `${ports.kafka}`, "--data", join(dataDir, "kafka"), "--topic", "video:4"],
        ports: { kafka: ports.kafka },
      },
    ],
    env: {
      migration: { MIGRATION_URL: comments },
      commentApi: { POSTGRES_URL: comments },
      videoApi: {
        ...videos,
        HTTP_ADDR: loopback(ports.objects),
        KAFKA_PRODUCER_ADDRS: loopback(ports.kafka),
        // The only writer of this folder: whatever an earlier run left half written is stray.
        SWEEP_AGE: "0s",
      },
      videoStream: { ...videos, KAFKA_CONSUMER_ADDRS: loopback(ports.kafka) },
    },
    objectsPort: ports.objects,
  };
}
