// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of a file of a Go module, which the Go command fetches into its own cache once.
 *
 * @throws an error that names the module when it cannot be fetched.
 */
export function readModuleFile(module: string, path: string): string {
  const args = ["mod", "download", "-json", module];
  const env = { ...process.env, GO111MODULE: "on", GOFLAGS: "" };
  try {
    const { Dir } = JSON.parse(execFileSync("go", args, { encoding: "utf8", env, stdio: "pipe" }));
    return readFileSync(join(Dir, path), "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot read '${path}' of ${module}: ${message}`, { cause: error });
  }
}

/** Whether the Go command is there. */
export function hasGo(): boolean {
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
