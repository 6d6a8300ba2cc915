// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual, match } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "./harness.js";

const cli = fileURLToPath(
  new URL("../node_modules/@labwire/embedded-kafka/dist/cli.js", import.meta.url),
);
const runtimeArgs = "Deno" in globalThis ? ["run", "--allow-all", "--quiet"] : [];

test("embedded-kafka, the command, says where it listens and ends with 0 on SIGTERM", async () => {
  const args = [...runtimeArgs, cli, "--port", "0", "--topic", "orders:2"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  match(line, /127\.0\.0\.1:\d+\n$/);
  // Not child.kill(): Deno then tells the signal as the way it ended, whatever the process did.
  process.kill(child.pid, "SIGTERM");
  deepStrictEqual((await exit).slice(0, 2), [0, null]);
});
