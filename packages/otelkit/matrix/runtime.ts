// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What this process runs on. */
export const runtime: "node" | "deno" | "bun" =
  "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
