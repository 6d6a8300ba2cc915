// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toolPath } from "@labwire/servers";
import { expect, test } from "vitest";

const promtool = toolPath("promtool");
// In CI a missing tool is a failure, not a reason to skip.
const withPromtool = test.skipIf(promtool === undefined && process.env.CI !== "true");
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function runPromtool(...args: string[]): Promise<string> {
  if (promtool === undefined) throw new Error("Cannot find promtool");
  return (await promisify(execFile)(promtool, args)).stdout;
}

withPromtool("promtool finds no fault that it warns of in the rules", async () => {
  const files = ["alerts", "records"].map((name) => path(`rules/${name}.yml`));
  await runPromtool("check", "rules", "--lint=all", "--lint-fatal", ...files);
});

withPromtool("every alert fires and resolves in promtool's tests", async () => {
  const output = await runPromtool("test", "rules", path("tests/alerts.yml"));
  expect(output).toContain("SUCCESS");
});
