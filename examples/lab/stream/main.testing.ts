// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";
import { freePort } from "../kit/free-port.ts";

/** Starts main.ts as production does, with its data in a folder. */
export async function startVideoStream(kafka: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "video-stream-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const meter = `127.0.0.1:${await freePort()}`;
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const flags = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, main], {
    env: {
      METER_ADDR: meter,
      MONGO_URL: `sqlite:${join(folder, "videos.db")}`,
      MINIO_ENDPOINT: pathToFileURL(join(folder, "objects")).href,
      KAFKA_CONSUMER_ADDRS: kafka,
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const log: string[] = [];
  const output = createInterface({ input: child.stdout }).on("line", (line) => log.push(line));

  return {
    /** The first line that matches, of those that it has logged and will log. */
    line: async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = log.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await Promise.race([
          once(output, "line"),
          exited.then(() => Promise.reject(new Error(`Ended early:\n${log.join("\n")}`))),
        ]);
      }
    },
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
