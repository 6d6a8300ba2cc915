// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Adds to package-lock.json what npm left out of it: see lib/lockfile.ts.

import { readFileSync, writeFileSync } from "node:fs";
import { type LockedPackages, missingOptionalPackages } from "./lib/lockfile.ts";

const path = "package-lock.json";
const lock: { packages: LockedPackages } = JSON.parse(readFileSync(path, "utf8"));
const missing = missingOptionalPackages(lock.packages);
const packages = Object.entries({ ...lock.packages, ...missing });
packages.sort(([a], [b]) => a.localeCompare(b, "en"));
writeFileSync(
  path,
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
);
console.log(`Added ${Object.keys(missing).length} packages to ${path}`);
