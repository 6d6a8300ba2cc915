// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { defineConfig } from "vitest/config";

export default defineConfig({
  cacheDir: "node_modules/.vite",
  test: { dir: import.meta.dirname, include: ["**/*.fixture.ts"] },
});
