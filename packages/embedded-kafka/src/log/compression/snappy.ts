// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { GrowingBuffer } from "./growing-buffer.ts";
import { findMatches, type Match } from "./matches.ts";

// The format of blocks: https://github.com/google/snappy/blob/main/format_description.txt
// Java's clients put blocks into frames of snappy-java: a header of 16 bytes, then each block after
// its length (https://github.com/xerial/snappy-java, SnappyOutputStream). librdkafka sends one
// block and nothing else.
const frameMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const frameHeaderBytes = 16;
/** As large a block as snappy-java makes, so that offsets fit 16 bits. */
const blockBytes = 32 * 1024;

/**
 * Unpacks what is packed with Snappy, in frames or as one block.
 *
 * @throws {RangeError} when it is not, or is more than `maxBytes`
 */
export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  const output = new GrowingBuffer(4 * bytes.length, maxBytes);
  if (!bytes.subarray(0, frameMagic.length).equals(frameMagic)) {
    decompressBlock(bytes, output);
    return output.finish();
  }
  for (let at = frameHeaderBytes; at < bytes.length; ) {
    // Frames may follow each other, each with its header.
    if (bytes.subarray(at, at + frameMagic.length).equals(frameMagic)) {
      at += frameHeaderBytes;
      continue;
    }
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length) throw new RangeError("A block is cut short");
    decompressBlock(bytes.subarray(at, at + length), output);
    at += length;
  }
  return output.finish();
}

function decompressBlock(bytes: Buffer, output: GrowingBuffer): void {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new RangeError("A block has no length");
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = output.length + length;
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    const upper = tag >>> 2;
    switch (tag & 3) {
      case 0: {
        // Literal bytes: their number less one, or of how many bytes that number is.
        const extra = Math.max(0, upper - 59);
        const count = (extra === 0 ? upper : bytes.readUIntLE(at, extra)) + 1;
        at += extra;
        output.push(bytes, at, at + count);
        at += count;
        break;
      }
      case 1:
        output.repeat(((tag >>> 5) << 8) | bytes.readUInt8(at), (upper & 7) + 4);
        at += 1;
        break;
      case 2:
        output.repeat(bytes.readUInt16LE(at), upper + 1);
        at += 2;
        break;
      default:
        output.repeat(bytes.readUInt32LE(at), upper + 1);
        at += 4;
    }
    if (output.length > end) break;
  }
  if (output.length !== end) throw new RangeError("A block is not as long as it says");
}

/** Packs bytes with Snappy in the frames of Java's clients, which all clients understand. */
export function compressSnappy(bytes: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  frameMagic.copy(header);
  header.writeInt32BE(1, 8); // Version, and the oldest version that can read it.
  header.writeInt32BE(1, 12);
  const parts: Buffer[] = [header];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = compressBlock(bytes.subarray(start, start + blockBytes));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

function compressBlock(bytes: Buffer): Buffer {
  // The longest output: literals of at most 60 bytes between copies, and the length in front.
  const output = Buffer.allocUnsafe(32 + bytes.length + Math.ceil(bytes.length / 6));
  let at = 0;
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) output[at++] = (rest & 0x7f) | 0x80;
  output[at++] = rest;
  const literal = (start: number, end: number) => {
    if (start === end) return;
    const count = end - start - 1;
    if (count < 60) output[at++] = count << 2;
    else {
      output[at++] = 61 << 2;
      at = output.writeUInt16LE(count, at);
    }
    at += bytes.copy(output, at, start, end);
  };
  const copy = ({ distance, length }: Match) => {
    for (let left = length; left > 0; left -= 64) {
      output[at++] = ((Math.min(left, 64) - 1) << 2) | 2;
      at = output.writeUInt16LE(distance, at);
    }
  };
  let done = 0;
  for (const match of findMatches(bytes)) {
    literal(done, match.start);
    copy(match);
    done = match.start + match.length;
  }
  literal(done, bytes.length);
  return output.subarray(0, at);
}
