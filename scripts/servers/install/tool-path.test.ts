// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { findProgram, requireTool, toolPath } from "./tool-path.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("toolPath() is undefined for what is not installed", () => {
  vi.stubEnv("LABWIRE_CACHE", "/nonexistent");
  expect(toolPath("grpcurl")).toBeUndefined();
  expect(() => requireTool("grpcurl")).toThrow("Cannot run 'grpcurl': it is not installed");
});

test("toolPath() throws on a name that no recipe brings", () => {
  expect(() => toolPath("grpcurls")).toThrow("Cannot find 'grpcurls': no recipe brings it");
});

test("findProgram() takes PATH first, then the folder of the highest version", () => {
  const root = mkdtempSync(join(tmpdir(), "labwire-path-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const path of ["9/bin/server", "15/bin/server", "path/other"]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "", { mode: 0o755 });
  }
  writeFileSync(join(root, "path/text"), "", { mode: 0o644 });
  vi.stubEnv("PATH", join(root, "path"));

  const folders = [join(root, "*", "bin")];
  expect(findProgram("server", folders)).toBe(join(root, "15/bin/server"));
  expect(findProgram("other", folders)).toBe(join(root, "path/other"));
  expect(findProgram("text", folders)).toBeUndefined();
  expect(findProgram("server")).toBeUndefined();
});
