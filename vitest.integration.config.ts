// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vitest/config";
import { conditions } from "./vitest.config.ts";

// Tests against real servers: one file after the other, since they share them.
export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,examples,scripts}/**/*.integration.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: "scripts/servers/global-setup.ts",
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
