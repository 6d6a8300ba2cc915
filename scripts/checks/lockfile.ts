// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import {
  type LockedPackages,
  missingOptionalPackages,
  packagesWithHosts,
} from "../lib/lockfile.ts";
import { outcomeOf, type Step } from "./step.ts";

export const lockfile: Step = {
  name: "lockfile",
  async run() {
    const { packages }: { packages: LockedPackages } = JSON.parse(
      readFileSync("package-lock.json", "utf8"),
    );
    return outcomeOf([
      ...packagesWithHosts(packages).map((path) => `${path}: names the host it came from`),
      ...Object.keys(missingOptionalPackages(packages)).map(
        (path) => `${path}: is missing, so that 'npm ci' fails: 'npm run lockfile' adds it`,
      ),
    ]);
  },
};
