// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Client } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { parseAddress } from "../kit/address.ts";
import { freePort } from "../kit/free-port.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { spawnMain } from "../kit/spawn-main.testing.ts";

export interface VideoApi {
  readonly client: Client<typeof Video>;
  readonly child: ChildProcess;
  /** Where metrics, /healthz and /readyz are. */
  readonly metricsUrl: string;
  /** What it has logged so far. */
  readonly log: readonly string[];
  /** Ends it with the signal and resolves to its exit code, null when the signal killed it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `main.ts` as production does, with its data in a folder and with no broker to be found. */
export async function startVideoApi(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
  onLine: (line: string) => void = () => {},
): Promise<VideoApi> {
  const metricsPort = await freePort();
  const { child, log, exited, line } = spawnMain(new URL("main.ts", import.meta.url), {
    env: {
      PATH: process.env.PATH,
      GRPC_ADDR: "127.0.0.1:0",
      HTTP_ADDR: "127.0.0.1:0",
      METER_ADDR: `127.0.0.1:${metricsPort}`,
      MONGO_URL: `sqlite:${join(folder, "videos.db")}`,
      MINIO_ENDPOINT: pathToFileURL(join(folder, "objects")).href,
      KAFKA_PRODUCER_ADDRS: `127.0.0.1:${await freePort()}`,
      COMMENT_SERVER_ADDR: `127.0.0.1:${await freePort()}`,
      ...env,
    },
    flags,
    onLine,
  });
  const [, grpc = ""] = await line(/ Ready grpc=(\S+)/);
  const address = parseAddress(grpc);

  return {
    client: createClient(Video, createRpcTransport({ address, timeoutMs: 600_000 })),
    child,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    log,
    stop: async (signal) => {
      child.kill(signal);
      const [code] = await exited;
      return code as number | null;
    },
  };
}
