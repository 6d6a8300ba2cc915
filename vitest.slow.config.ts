// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vitest/config";
import { conditions } from "./vitest.config.ts";

// Tests that take their time, such as an upload of 1 GiB: one file after the other, since they
// measure time and memory.
export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ["{packages,examples}/**/*.slow.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    fileParallelism: false,
    passWithNoTests: true,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
