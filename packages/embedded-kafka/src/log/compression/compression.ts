// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The whole module: runtimes whose node:zlib lacks zstd could not even load a name of it.
import * as zlib from "node:zlib";
import { compressLz4, decompressLz4 } from "./lz4.ts";
import { compressSnappy, decompressSnappy } from "./snappy.ts";

/** Kafka's names of compressions, at the number that a batch's attributes have for each. */
const names = ["uncompressed", "gzip", "snappy", "lz4", "zstd"] as const;

/** A value of the config `compression.type`, other than `producer`. */
export type CompressionName = (typeof names)[number];

/** No batch of a request of the largest size is larger once it is unpacked, by far. */
const maxBytes = 256 * 1024 * 1024;

/** The number of a compression in a batch's attributes. */
export function compressionNumber(name: CompressionName): number {
  return names.indexOf(name);
}

/** Whether there is a compression of that number. */
export function isCompression(number: number): boolean {
  return number in names;
}

/**
 * Unpacks the records of a batch by the number of its compression.
 *
 * @throws {Error} when the bytes are not packed so, or are more than 256 MiB
 */
export function decompress(bytes: Buffer, number: number): Buffer {
  const limit = { maxOutputLength: maxBytes };
  switch (names[number]) {
    case "uncompressed":
      return bytes;
    case "gzip":
      return zlib.gunzipSync(bytes, limit);
    case "snappy":
      return decompressSnappy(bytes, maxBytes);
    case "lz4":
      return decompressLz4(bytes, maxBytes);
    case "zstd":
      if (!zlib.zstdDecompressSync) throw new Error("This runtime has no zstd");
      return zlib.zstdDecompressSync(bytes, limit);
    default:
      throw new RangeError(`Unknown compression type id: ${number}`);
  }
}

/** Packs the records of a batch. */
export function compress(bytes: Buffer, number: number): Buffer {
  switch (names[number]) {
    case "uncompressed":
      return bytes;
    case "gzip":
      return zlib.gzipSync(bytes);
    case "snappy":
      return compressSnappy(bytes);
    case "lz4":
      return compressLz4(bytes);
    case "zstd":
      if (!zlib.zstdCompressSync) throw new Error("This runtime has no zstd");
      return zlib.zstdCompressSync(bytes);
    default:
      throw new RangeError(`Unknown compression type id: ${number}`);
  }
}
