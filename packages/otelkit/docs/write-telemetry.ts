// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes the telemetry reference from the code. `--check` writes nothing: it fails when the page
// is out of date.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { telemetryPage } from "./telemetry-page.ts";

const page = new URL("telemetry.md", import.meta.url);
const text = telemetryPage();

if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
} else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
  console.error(
    "packages/otelkit/docs/telemetry.md is not up to date, 'npm run generate' mends it",
  );
  process.exitCode = 1;
}
