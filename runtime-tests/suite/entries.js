// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { test } from "./harness.js";

// Written by run.ts from the packages' `exports`.
const specifiers = JSON.parse(readFileSync(new URL("../entries.json", import.meta.url), "utf8"));

for (const specifier of specifiers) {
  test(`import("${specifier}") gives exports`, async () => {
    const names = Object.keys(await import(specifier));
    if (names.length === 0) throw new Error("It exports nothing");
  });
}
