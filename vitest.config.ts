// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vitest/config";

/** Packages of the workspace resolve to their sources, all others to what Node.js itself takes. */
export const conditions = ["@labwire/source", "node"];

// Unit tests: no server, no network. Integration and slow tests have a config of their own.
export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/*/{src,docs,matrix,monitoring,behaviour,fuzz}/**/*.test.ts",
      "examples/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.integration.test.ts", "**/*.slow.test.ts"],
    // Most tests wait for sockets and processes: more of them than there are cores at once.
    maxWorkers: 4,
    // A laptop that does other work too is no reason to fail.
    testTimeout: 30_000,
  },
});
