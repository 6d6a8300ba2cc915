// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";

test("crc32c() gives the check values of RFC 3720 when bytes come in any length", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, at) => at);
  const sums = [
    crc32c(Buffer.from("123456789")),
    crc32c(new Uint8Array(32)),
    crc32c(new Uint8Array(32).fill(0xff)),
    crc32c(ascending),
    crc32c(ascending.toReversed()),
    crc32c(new Uint8Array(0)),
  ];
  expect(sums.map((sum) => sum.toString(16))).toEqual([
    "e3069283",
    "8a9136aa",
    "62a8ab43",
    "46dd794e",
    "113fdb5c",
    "0",
  ]);
});

test.each([2047, 2048, 2049, 4096, 10_000])(
  "crc32c() gives what bit by bit comes out when there are %i bytes",
  (length) => {
    const bytes = Uint8Array.from({ length: length + 3 }, (_, at) => at * 7 + (at >> 8)).subarray(
      3,
    );
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    expect(crc32c(bytes)).toBe(~crc >>> 0);
  },
);
