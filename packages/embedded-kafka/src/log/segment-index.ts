// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { BatchIndex } from "./batch-index.ts";
import { crc32c } from "./crc32c.ts";

/** A transaction that was aborted, as the segment of its marker knows it. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the marker. */
  readonly lastOffset: number;
  /** The last stable offset once the marker was in the log. */
  readonly lastStableOffset: number;
}

/** What is known of a segment besides its bytes, up to some size of it. */
export interface SegmentSummary {
  /** The segment's size when it was written: what comes after it is not in the index. */
  readonly sizeBytes: number;
  readonly nextOffset: number;
  readonly hasGaps: boolean;
  /** Of all its records; -1 when it has none. */
  readonly maxTimestamp: number;
  /** Of its first batch; -1 when it has none. */
  readonly firstTimestamp: number;
  /** When it was last appended to. */
  readonly modifiedMs: number;
  readonly aborted: readonly AbortedTransaction[];
  /** The producers at its nextOffset, see ProducerStates. */
  readonly producers: unknown;
}

/** An index file: a line of JSON, the index of batches, and a checksum over both. */
export function encodeSegmentIndex(summary: SegmentSummary, index: BatchIndex): Buffer {
  const head = Buffer.from(`${JSON.stringify({ ...summary, batches: index.length })}\n`);
  const bytes = Buffer.concat([head, index.encode(), Buffer.alloc(4)]);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** Reads an index file; undefined when it is damaged. */
export function decodeSegmentIndex(
  bytes: Buffer,
  baseOffset: number,
): { readonly summary: SegmentSummary; readonly index: BatchIndex } | undefined {
  if (bytes.length < 4 || crc32c(bytes.subarray(0, -4)) !== bytes.readUInt32LE(bytes.length - 4)) {
    return undefined;
  }
  const end = bytes.indexOf("\n");
  const { batches, ...summary } = JSON.parse(bytes.toString("utf8", 0, end)) as SegmentSummary & {
    batches: number;
  };
  return { summary, index: new BatchIndex(baseOffset, bytes.subarray(end + 1, -4), batches) };
}
