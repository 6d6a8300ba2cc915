// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { compress } from "./compression/compression.ts";
import {
  attributeBits,
  type BatchHeader,
  batchHeaderBytes,
  writeBatchHeader,
} from "./record-batch.ts";
import type { RecordCursor } from "./record-cursor.ts";

/** Makes a batch of records that are not compressed, compressing them by the number given. */
export function repack(
  records: Buffer,
  header: BatchHeader,
  compression: number,
): { readonly bytes: Buffer; readonly header: BatchHeader } {
  const packed = compress(records, compression);
  const sizeBytes = batchHeaderBytes + packed.length;
  const bytes = Buffer.allocUnsafe(sizeBytes);
  packed.copy(bytes, batchHeaderBytes);
  const attributes = (header.attributes & ~attributeBits.compression) | compression;
  const changed = { ...header, attributes, sizeBytes };
  writeBatchHeader(bytes, changed);
  return { bytes, header: changed };
}

/** Makes a batch that has lost all of its records, to keep what its header tells. */
export function emptied(header: BatchHeader): Buffer {
  const kept = attributeBits.logAppendTime | attributeBits.transactional | attributeBits.control;
  const attributes = header.attributes & kept;
  const bytes = Buffer.alloc(batchHeaderBytes);
  writeBatchHeader(bytes, { ...header, attributes, baseTimestamp: -1, recordCount: 0 });
  return bytes;
}

/** Writes the record that a cursor is at as one of a batch whose times count from another one. */
export function rebased(cursor: RecordCursor, baseOffset: number, baseTimestamp: number): Buffer {
  const content = cursor.bytes.subarray(cursor.contentStart, cursor.end);
  const head = Buffer.allocUnsafe(32);
  let at = 0;
  head[at++] = 0; // Attributes.
  at = writeVarint(head, cursor.timestamp - baseTimestamp, at);
  at = writeVarint(head, cursor.offset - baseOffset, at);
  const length = Buffer.allocUnsafe(10);
  const lengthBytes = writeVarint(length, at + content.length, 0);
  return Buffer.concat([length.subarray(0, lengthBytes), head.subarray(0, at), content]);
}

/** Writes a signed number in groups of seven bits, zigzag. Returns where the next bytes go. */
export function writeVarint(bytes: Buffer, value: number, at: number): number {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  let end = at;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[end++] = (rest % 128) | 0x80;
  bytes[end++] = rest;
  return end;
}
