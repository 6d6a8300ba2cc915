// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Bytes that are the same as others before them. */
export interface Match {
  readonly start: number;
  readonly length: number;
  /** How far before `start` the others start. */
  readonly distance: number;
}

const hashBits = 13;
/** The formats want the last bytes of a block as they are. */
const tailBytes = 12;

/**
 * Finds repetitions of four bytes and more in a block of at most 64 KiB, one after the other: what
 * Snappy and LZ4 both are made of.
 */
export function* findMatches(bytes: Buffer): Iterable<Match> {
  const table = new Int32Array(1 << hashBits).fill(-1);
  const limit = bytes.length - tailBytes;
  for (let at = 0; at < limit; ) {
    const word = bytes.readInt32LE(at);
    const hash = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const candidate = table[hash] as number;
    table[hash] = at;
    if (candidate < 0 || bytes.readInt32LE(candidate) !== word) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < limit && bytes[candidate + length] === bytes[at + length]) length++;
    yield { start: at, length, distance: at - candidate };
    at += length;
  }
}
