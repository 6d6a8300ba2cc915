// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { attributeBits, readBatchHeader } from "./log/record-batch.ts";
import { RecordCursor } from "./log/record-cursor.ts";
import type { RawClient } from "./raw-client.testing.ts";

/** Where and how to read. */
export interface ReadOptions {
  readonly topic: string;
  readonly partition?: number;
  /** Offset to begin at. Default 0. */
  readonly from?: number;
  /** Size of each answer. Default: enough for anything. */
  readonly maxBytes?: number;
}

/** Reads the values of committed records up to the last stable offset, as the Java consumer does. */
export async function readCommitted(client: RawClient, options: ReadOptions): Promise<string[]> {
  const { topic, partition = 0, from = 0, maxBytes = 2 ** 20 } = options;
  const values: string[] = [];
  for (let offset = from; ; ) {
    const { topics } = await client.call("fetch", 11, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes,
      isolationLevel: 1,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          name: topic,
          partitions: [
            { index: partition, fetchOffset: BigInt(offset), logStartOffset: -1n, maxBytes },
          ],
        },
      ],
      forgottenTopics: [],
      rackId: "",
    });
    const answer = topics[0]?.partitions[0];
    if (answer?.errorCode !== 0) throw new Error(`Cannot fetch: ${answer?.errorCode}`);
    const aborted = (answer.abortedTransactions ?? []).map(({ producerId, firstOffset }) => {
      return { producerId: Number(producerId), firstOffset: Number(firstOffset) };
    });
    const next = addCommitted(answer.records ?? Buffer.alloc(0), aborted, offset, values);
    if (next === offset) return values;
    offset = next;
  }
}

type Aborted = { readonly producerId: number; readonly firstOffset: number };

/** Adds the values from an offset on that are not of aborted transactions. Returns the next offset. */
function addCommitted(
  records: Buffer,
  aborted: readonly Aborted[],
  from: number,
  values: string[],
): number {
  const upcoming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const skipped = new Set<number>();
  let next = from;
  for (let position = 0; position < records.length; ) {
    const header = readBatchHeader(records.subarray(position));
    const batch = records.subarray(position, position + header.sizeBytes);
    position += header.sizeBytes;
    while (upcoming[0] && upcoming[0].firstOffset <= header.lastOffset) {
      skipped.add((upcoming.shift() as Aborted).producerId);
    }
    next = header.lastOffset + 1;
    const isTransactional = (header.attributes & attributeBits.transactional) !== 0;
    if ((header.attributes & attributeBits.control) !== 0) {
      if (isAbort(batch)) skipped.delete(header.producerId);
      continue;
    }
    if (isTransactional && skipped.has(header.producerId)) continue;
    values.push(...valuesOf(batch, from));
  }
  return next;
}

/** The type in the key of a marker is 0 for an abort. */
function isAbort(batch: Buffer): boolean {
  const cursor = new RecordCursor(batch.subarray(61), readBatchHeader(batch));
  cursor.next();
  return cursor.bytes.readInt16BE(cursor.keyStart + 2) === 0;
}

function valuesOf(batch: Buffer, from: number): string[] {
  const values: string[] = [];
  const cursor = new RecordCursor(batch.subarray(61), readBatchHeader(batch));
  while (cursor.next()) {
    // Headers are none: the value ends where the record does but for their count.
    const end = cursor.end - 1;
    if (cursor.offset >= from) {
      values.push(cursor.bytes.toString("utf8", end - cursor.valueLength, end));
    }
  }
  return values;
}
