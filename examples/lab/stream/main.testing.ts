// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { freePort } from "../kit/free-port.ts";
import { spawnMain } from "../kit/spawn-main.testing.ts";

/** Starts main.ts as production does, with its data in a folder. */
export async function startVideoStream(kafka: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "video-stream-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const meter = `127.0.0.1:${await freePort()}`;
  const { child, exited, line } = spawnMain(new URL("main.ts", import.meta.url), {
    env: {
      METER_ADDR: meter,
      MONGO_URL: `sqlite:${join(folder, "videos.db")}`,
      MINIO_ENDPOINT: pathToFileURL(join(folder, "objects")).href,
      KAFKA_CONSUMER_ADDRS: kafka,
      ...env,
    },
  });

  return {
    /** The first line that matches, of those that it has logged and will log. */
    line: async (pattern: RegExp): Promise<string> => (await line(pattern)).input,
    probe: async () => {
      const healthz = await fetch(`http://${meter}/healthz`);
      const readyz = await fetch(`http://${meter}/readyz`);
      const { status } = (await readyz.json()) as { status: string };
      return { healthz: healthz.status, readyz: readyz.status, status };
    },
    /** SIGTERM; resolves to the exit code and the signal that it died of. */
    stop: async (): Promise<unknown[]> => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}
