// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../lib/run.ts";

const config = join(import.meta.dirname, "testing-fixture/vitest.config.ts");
const missing = "a store: MONGO_URL not set";

test("describeWith() runs a body with its variables, and skips by name where one is missing", async () => {
  expect(await runFixture({ CI: "" })).toEqual({
    "a cache gets the address": "passed",
    [missing]: "skipped",
  });
});

test("describeWith() fails where a variable is missing in CI", async () => {
  expect(await runFixture({ CI: "true" })).toEqual({
    "a cache gets the address": "passed",
    [missing]: "failed",
  });
});

/** Status of each test, by its name. */
async function runFixture(env: Record<string, string>): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "labwire-fixture-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "report.json");
  await run("vitest", ["run", `--config=${config}`, "--reporter=json", `--outputFile=${file}`], {
    env: { REDIS_ADDR: "127.0.0.1:1", MONGO_URL: "", ...env },
  });
  const report: { testResults: { assertionResults: { fullName: string; status: string }[] }[] } =
    JSON.parse(readFileSync(file, "utf8"));
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return Object.fromEntries(results.map(({ fullName, status }) => [fullName, status]));
}
