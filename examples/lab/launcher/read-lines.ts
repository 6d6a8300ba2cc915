// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Calls back with every line of the stream, without its line break; empty ones are left out. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
    if (line.trim() !== "") onLine(line);
  });
}
