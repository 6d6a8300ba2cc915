// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const flags = "there are --real, --lab_data_dir, --lab_ports, --lab_streams";

test.each([
  ["--reall", `Unknown argument '--reall': ${flags}`],
  ["--help", `Unknown argument '--help': ${flags}`],
  [
    "--real",
    "Cannot use real servers: Missing POSTGRES_URL, MONGO_URL, MINIO_ENDPOINT, MINIO_USERNAME, " +
      "MINIO_PASSWORD, KAFKA_PRODUCER_ADDRS, KAFKA_CONSUMER_ADDRS (`npm run servers` starts all " +
      "and prints what to export)",
  ],
])("npm start -- %s starts nothing, and says why in one line", async (flag, line) => {
  expect(await startWith(flag)).toEqual({ code: 1, stdout: "", stderr: `${line}\n` });
});

function startWith(...args: readonly string[]) {
  const nodeArgs = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  const options = { env: { PATH: process.env.PATH }, timeout: 30_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArgs, main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
