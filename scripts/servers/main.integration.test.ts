// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { answersTcp } from "./kinds/probes.ts";
import { describeWith } from "./testing.ts";

const main = join(import.meta.dirname, "main.ts");

describeWith(["REDIS_ADDR", "MINIO_ENDPOINT"], "npm run servers", () => {
  test("start prints where servers are for the lab, and ends them with itself", async () => {
    const data = mkdtempSync(join(tmpdir(), "labwire-data-"));
    onTestFinished(() => rmSync(data, { recursive: true }));
    const child = spawn(process.execPath, [main, "start", "redis", "s3", "--data", data]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    child.stdout.setEncoding("utf8");
    for await (const text of child.stdout) {
      output += text;
      if (output.includes("export MINIO_PASSWORD=")) break;
    }
    const [, port] = /^export REDIS_ADDR=127\.0\.0\.1:(\d+)$/m.exec(output) ?? [];
    expect(output).toMatch(/^servers: s3 on 127\.0\.0\.1:\d+ \(versitygw, an S3 object store\)$/m);
    expect(await answersTcp(Number(port))).toBe(true);

    child.kill("SIGINT");

    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await answersTcp(Number(port))).toBe(false);
    expect(existsSync(join(data, "s3/data"))).toBe(true);
  });
});
