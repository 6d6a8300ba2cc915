// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Replaces a file's content: whoever opens it, also after a kill, finds the old or the new one. */
export function writeFileWhole(path: string, content: string | Buffer, syncs: boolean): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, content, { flush: syncs });
  renameSync(fresh, path);
  if (syncs) syncDirectory(dirname(path));
}

/** Makes the names in a directory outlive the machine. */
export function syncDirectory(path: string): void {
  if (process.platform === "win32") return; // Windows neither needs nor allows it.
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}
