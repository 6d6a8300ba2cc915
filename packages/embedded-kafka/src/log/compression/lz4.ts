// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { GrowingBuffer } from "./growing-buffer.ts";
import { findMatches } from "./matches.ts";

// Frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
// Blocks: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
// Checksums are not checked: the batch has one over all of them.
const frameMagic = 0x184d2204;
const flags = { version: 0xc0, blockChecksum: 0x10, size: 0x08, checksum: 0x04, dictionary: 0x01 };
/** The bit of a block's length that says that it is as it was. */
const storedBit = 0x8000_0000;
const blockBytes = 64 * 1024;
/** Version 1, independent blocks of 64 KiB, no checksums, and the checksum of just that. */
const frameHeader = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);

/**
 * Unpacks frames of LZ4.
 *
 * @throws {RangeError} when the bytes are none, or more than `maxBytes` unpacked
 */
export function decompressLz4(bytes: Buffer, maxBytes: number): Buffer {
  const output = new GrowingBuffer(4 * bytes.length, maxBytes);
  let at = 0;
  while (at < bytes.length) at = decompressFrame(bytes, at, output);
  return output.finish();
}

/** Returns where the frame ends. */
function decompressFrame(bytes: Buffer, start: number, output: GrowingBuffer): number {
  if (bytes.readUInt32LE(start) !== frameMagic) throw new RangeError("No LZ4 frame");
  const flag = bytes.readUInt8(start + 4);
  if ((flag & flags.version) !== 0x40) throw new RangeError("No LZ4 frame of version 1");
  if (flag & flags.dictionary) throw new RangeError("An LZ4 frame needs a dictionary");
  let at = start + 7 + (flag & flags.size ? 8 : 0);
  for (;;) {
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return at + (flag & flags.checksum ? 4 : 0);
    const length = word % storedBit;
    const end = at + length;
    if (end > bytes.length) throw new RangeError("An LZ4 block is cut short");
    if (word >= storedBit) output.push(bytes, at, end);
    else decompressBlock(bytes.subarray(at, end), output);
    at = end + (flag & flags.blockChecksum ? 4 : 0);
  }
}

function decompressBlock(bytes: Buffer, output: GrowingBuffer): void {
  let at = 0;
  /** Lengths of 15 and more go on in bytes of their own, until one is not 255. */
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = bytes.readUInt8(at++);
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < bytes.length) {
    const token = bytes[at++] as number;
    const literals = lengthOf(token >>> 4);
    output.push(bytes, at, at + literals);
    at += literals;
    if (at === bytes.length) return; // The last sequence has no match.
    const distance = bytes.readUInt16LE(at);
    at += 2;
    output.repeat(distance, lengthOf(token & 15) + 4);
  }
}

/** Packs bytes as one frame of LZ4. */
export function compressLz4(bytes: Buffer): Buffer {
  const parts: Buffer[] = [frameHeader];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const plain = bytes.subarray(start, start + blockBytes);
    const packed = compressBlock(plain);
    const isSmaller = packed.length < plain.length;
    const word = Buffer.alloc(4);
    word.writeUInt32LE(isSmaller ? packed.length : plain.length + storedBit);
    parts.push(word, isSmaller ? packed : plain);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function compressBlock(bytes: Buffer): Buffer {
  const output = Buffer.allocUnsafe(64 + bytes.length + Math.ceil(bytes.length / 4));
  let at = 0;
  const length = (value: number) => {
    if (value < 15) return;
    let rest = value - 15;
    for (; rest >= 255; rest -= 255) output[at++] = 255;
    output[at++] = rest;
  };
  let done = 0;
  for (const match of findMatches(bytes)) {
    const literals = match.start - done;
    const extra = match.length - 4;
    output[at++] = (Math.min(literals, 15) << 4) | Math.min(extra, 15);
    length(literals);
    at += bytes.copy(output, at, done, match.start);
    at = output.writeUInt16LE(match.distance, at);
    length(extra);
    done = match.start + match.length;
  }
  const literals = bytes.length - done;
  output[at++] = Math.min(literals, 15) << 4;
  length(literals);
  at += bytes.copy(output, at, done);
  return output.subarray(0, at);
}
