// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../lib/run.ts";

const config = join(import.meta.dirname, "testing-fixture/vitest.config.ts");
const missing = "a store: MONGO_URL not set";
const notInstalled = "a call: grpcurl not installed";

test("describeWith() and describeWithTools() skip by name what is missing, and run the rest", async () => {
  expect(await runFixture({ CI: "" })).toEqual({
    "a cache gets the address": "passed",
    [missing]: "skipped",
    [notInstalled]: "skipped",
  });
});

test("describeWith() and describeWithTools() fail in CI at what is missing", async () => {
  expect(await runFixture({ CI: "true" })).toEqual({
    "a cache gets the address": "passed",
    [missing]: "failed",
    [notInstalled]: "failed",
  });
});

/** Status of each test, by its name. */
async function runFixture(env: Record<string, string>): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "labwire-fixture-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "report.json");
  await run("vitest", ["run", `--config=${config}`, "--reporter=json", `--outputFile=${file}`], {
    env: { REDIS_ADDR: "127.0.0.1:1", MONGO_URL: "", LABWIRE_CACHE: folder, ...env },
  });
  const report: { testResults: { assertionResults: { fullName: string; status: string }[] }[] } =
    JSON.parse(readFileSync(file, "utf8"));
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return Object.fromEntries(results.map(({ fullName, status }) => [fullName, status]));
}
