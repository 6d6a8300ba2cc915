// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { MemoryLogFile } from "./memory-log-file.ts";

/** Bytes that tell where they are. */
function pattern(length: number, from = 0): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => ((from + at) * 31) % 251));
}

test("MemoryLogFile reads what was appended across the blocks of any size", () => {
  const file = new MemoryLogFile();
  const sizes = [1, 1_000, 30, 5_000, 300_000, 7, 262_144, 100];
  for (const size of sizes) file.append(pattern(size, file.size));
  const whole = pattern(file.size);
  const wrong: number[] = [];
  for (let at = 0; at < file.size; at += 10_007) {
    for (const length of [1, 900, 270_000, 600_000]) {
      if (!file.read(at, length).equals(whole.subarray(at, at + length))) wrong.push(at);
    }
  }
  expect([wrong, file.read(file.size, 5).length]).toEqual([[], 0]);
});

test("MemoryLogFile leaves what was read as it was when it is cut and appended to", () => {
  const file = new MemoryLogFile();
  file.append(pattern(2_000));
  const read = file.read(100, 1_900);
  file.truncate(500);
  file.append(Buffer.alloc(3_000, 0xff));
  const expected = Buffer.concat([pattern(500), Buffer.alloc(3_000, 0xff)]);
  expect([read.equals(pattern(2_000).subarray(100)), file.read(0, 9_000).equals(expected)]).toEqual(
    [true, true],
  );
});

test("MemoryLogFile takes little memory while it is short", () => {
  const file = new MemoryLogFile();
  file.append(pattern(100));
  expect(file.read(0, 100).buffer.byteLength).toBe(1_024);
});
