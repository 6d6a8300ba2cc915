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

/** Long input is read in two lanes of so many bytes side by side: neither waits for the other. */
const laneBytes = 1024;
/** Tables that move a register through a lane of zeros, one for each of its bytes; made when needed. */
let laneTables: Int32Array | undefined;

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of Kafka's record batches. */
export function crc32c(bytes: Uint8Array): number {
  const t = tables;
  const b = bytes;
  const { length } = bytes;
  let at = length - (length % (2 * laneBytes));
  let crc = at === 0 ? -1 : readLanes(bytes, at);
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

/** The register after so many bytes, which are pairs of lanes. */
function readLanes({ buffer, byteOffset }: Uint8Array, length: number): number {
  const t = tables;
  laneTables ??= createLaneTables();
  const view = new DataView(buffer, byteOffset, length);
  let crc = -1;
  for (let start = 0; start < length; start += 2 * laneBytes) {
    // The second lane's register begins with nothing: what comes before it is added at its end.
    let second = 0;
    for (let at = start; at < start + laneBytes; at += 8) {
      const a = crc ^ view.getInt32(at, true);
      const b = view.getInt32(at + 4, true);
      const c = second ^ view.getInt32(at + laneBytes, true);
      const d = view.getInt32(at + laneBytes + 4, true);
      crc =
        t[0x700 + (a & 0xff)]! ^
        t[0x600 + ((a >>> 8) & 0xff)]! ^
        t[0x500 + ((a >>> 16) & 0xff)]! ^
        t[0x400 + (a >>> 24)]! ^
        t[0x300 + (b & 0xff)]! ^
        t[0x200 + ((b >>> 8) & 0xff)]! ^
        t[0x100 + ((b >>> 16) & 0xff)]! ^
        t[b >>> 24]!;
      second =
        t[0x700 + (c & 0xff)]! ^
        t[0x600 + ((c >>> 8) & 0xff)]! ^
        t[0x500 + ((c >>> 16) & 0xff)]! ^
        t[0x400 + (c >>> 24)]! ^
        t[0x300 + (d & 0xff)]! ^
        t[0x200 + ((d >>> 8) & 0xff)]! ^
        t[0x100 + ((d >>> 16) & 0xff)]! ^
        t[d >>> 24]!;
    }
    crc = second ^ throughLane(crc, laneTables);
  }
  return crc;
}

function throughLane(crc: number, t: Int32Array): number {
  return (
    t[crc & 0xff]! ^
    t[0x100 + ((crc >>> 8) & 0xff)]! ^
    t[0x200 + ((crc >>> 16) & 0xff)]! ^
    t[0x300 + (crc >>> 24)]!
  );
}

/** A register is the sum of its bits, and what zeros make of each: first of one byte, then of twice as many. */
function createLaneTables(): Int32Array {
  let ofBits = Int32Array.from({ length: 32 }, (_, bit) => {
    const value = 1 << bit;
    return (value >>> 8) ^ tables[value & 0xff]!;
  });
  const sum = (value: number) =>
    ofBits.reduce((total, ofBit, bit) => total ^ ((value >>> bit) & 1 ? ofBit : 0), 0);
  for (let bytes = 1; bytes < laneBytes; bytes *= 2) ofBits = ofBits.map(sum);
  return Int32Array.from({ length: 4 * 256 }, (_, at) => sum((at & 0xff) << (8 * (at >>> 8))));
}
