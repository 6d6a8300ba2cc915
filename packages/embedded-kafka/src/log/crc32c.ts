// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// biome-ignore-all lint/style/noNonNullAssertion: every index is within its array by its mask.

/** Tables for eight bytes at a time: table k moves a byte k further bytes through the register. */
const tables = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  tables[byte] = value;
}
for (let at = 256; at < tables.length; at++) {
  const before = tables[at - 256] as number;
  tables[at] = (before >>> 8) ^ (tables[before & 0xff] as number);
}

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka's record batches. */
export function crc32c(bytes: Uint8Array): number {
  const t = tables;
  const b = bytes;
  const { length } = bytes;
  let crc = -1;
  let at = 0;
  for (const end = length - (length % 8); at < end; at += 8) {
    crc ^= b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24);
    crc =
      t[0x700 + (crc & 0xff)]! ^
      t[0x600 + ((crc >>> 8) & 0xff)]! ^
      t[0x500 + ((crc >>> 16) & 0xff)]! ^
      t[0x400 + (crc >>> 24)]! ^
      t[0x300 + b[at + 4]!]! ^
      t[0x200 + b[at + 5]!]! ^
      t[0x100 + b[at + 6]!]! ^
      t[b[at + 7]!]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t[(crc ^ b[at]!) & 0xff]!;
  return ~crc >>> 0;
}
