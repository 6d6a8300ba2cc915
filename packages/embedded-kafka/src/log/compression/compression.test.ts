// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { expect, test } from "vitest";
import { compress, compressionNumber, decompress } from "./compression.ts";
import { decompressLz4 } from "./lz4.ts";
import { decompressSnappy } from "./snappy.ts";

/** The package has no types. */
interface SnappyCodec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
}
const require = createRequire(import.meta.url);
const snappyCodec = (require("kafkajs-snappy") as () => SnappyCodec)();

const samples: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.from([7]),
  zeros: Buffer.alloc(200_000),
  "random bytes": randomBytes(150_000),
  "text of many blocks": Buffer.from(
    Array.from({ length: 20_000 }, (_, at) => `{"user":${at % 97},"page":"/${at}"}`).join("\n"),
  ),
  "a long match with itself": Buffer.from("ab".repeat(70_000)),
  "literals of every length": Buffer.concat(
    Array.from({ length: 300 }, (_, at) => Buffer.concat([randomBytes(at), Buffer.alloc(20)])),
  ),
};
const snappy = compressionNumber("snappy");
const lz4 = compressionNumber("lz4");

test.each(Object.keys(samples))(
  "decompress() gives what other packers packed: %s",
  async (name) => {
    const bytes = samples[name] as Buffer;
    const isEqual = {
      snappy: decompress(await snappyCodec.compress({ buffer: bytes }), snappy).equals(bytes),
      lz4: decompress(compressFrameSync(bytes), lz4).equals(bytes),
    };
    expect(isEqual).toEqual({ snappy: true, lz4: true });
  },
);

test.each(Object.keys(samples))("compress() gives what other packers unpack: %s", async (name) => {
  const bytes = samples[name] as Buffer;
  const packed = compress(bytes, snappy);
  const isEqual = {
    snappy: Buffer.from(await snappyCodec.decompress(packed)).equals(bytes),
    lz4: decompressFrameSync(compress(bytes, lz4)).equals(bytes),
    own: [0, 1, 2, 3, 4].every((number) =>
      decompress(compress(bytes, number), number).equals(bytes),
    ),
  };
  expect(isEqual).toEqual({ snappy: true, lz4: true, own: true });
});

test("compress() makes text smaller", () => {
  const text = samples["text of many blocks"] as Buffer;
  const ratios = [1, 2, 3, 4].map((number) => compress(text, number).length / text.length);
  expect(ratios.every((ratio) => ratio < 0.6)).toBe(true);
});

test("decompress() throws, and never hangs or grows, when packed bytes are damaged", () => {
  const text = samples["text of many blocks"] as Buffer;
  let seed = 1;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  let thrown = 0;
  for (const number of [snappy, lz4]) {
    const packed = compress(text.subarray(0, 5_000), number);
    for (let at = 0; at < 2_000; at++) {
      const damaged = Buffer.from(packed.subarray(0, 1 + random(packed.length)));
      for (let flips = random(4); flips > 0; flips--) {
        damaged[random(damaged.length)] = random(256);
      }
      try {
        decompress(damaged, number);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        thrown++;
      }
    }
  }
  expect(thrown).toBeGreaterThan(3_000);
});

test.each([
  ["snappy", (bytes: Buffer) => decompressSnappy(bytes, 10_000)],
  ["lz4", (bytes: Buffer) => decompressLz4(bytes, 10_000)],
] as const)("decompress() refuses to make more than it may of %s", (name, unpack) => {
  const number = compressionNumber(name);
  const fits = unpack(compress(Buffer.alloc(10_000), number)).length;
  expect(() => unpack(compress(Buffer.alloc(10_001), number))).toThrow("More than 10000 bytes");
  expect(fits).toBe(10_000);
});
