// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TransactionEnd } from "./producer-states.ts";
import {
  attributeBits,
  type BatchHeader,
  batchHeaderBytes,
  readBatchHeader,
  writeBatchHeader,
} from "./record-batch.ts";
import { RecordCursor } from "./record-cursor.ts";

/** The type in the key of a control record (KIP-98). */
const markerTypes = { abort: 0, commit: 1 } as const;

/** What ends a transaction in a partition. */
export interface Marker extends TransactionEnd {
  readonly isCommit: boolean;
}

/**
 * Makes the batch of a marker, byte for byte as Kafka writes it: one record, whose key is a version
 * and a type and whose value a version and the coordinator's epoch.
 */
export function createMarkerBatch(marker: Marker): Buffer {
  const bytes = Buffer.alloc(batchHeaderBytes + 17);
  // Length 16, attributes, no time and no offset since the first, a key of 4 and a value of 6 bytes.
  const record = [32, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0];
  Buffer.from(record).copy(bytes, batchHeaderBytes);
  const type = marker.isCommit ? markerTypes.commit : markerTypes.abort;
  bytes.writeInt16BE(type, batchHeaderBytes + 7);
  bytes.writeInt32BE(marker.coordinatorEpoch, batchHeaderBytes + 12);
  writeBatchHeader(bytes, {
    baseOffset: 0,
    lastOffset: 0,
    leaderEpoch: 0,
    attributes: attributeBits.transactional | attributeBits.control,
    baseTimestamp: marker.timestamp,
    maxTimestamp: marker.timestamp,
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    baseSequence: -1,
    recordCount: 1,
  });
  return bytes;
}

/** Reads the marker of a control batch; undefined when compaction has emptied it. */
export function readMarker(
  batch: Buffer,
  header: BatchHeader = readBatchHeader(batch),
): Marker | undefined {
  const cursor = new RecordCursor(batch.subarray(0, header.sizeBytes), header, batchHeaderBytes);
  if (header.recordCount === 0 || !cursor.next()) return undefined;
  const { keyStart, keyLength } = cursor;
  const type = cursor.bytes.readInt16BE(keyStart + 2);
  if (type !== markerTypes.abort && type !== markerTypes.commit) return undefined;
  // A value is after its length, which takes one byte; its first field is a version.
  const coordinatorEpoch = cursor.bytes.readInt32BE(keyStart + keyLength + 3);
  const { producerId, producerEpoch } = header;
  const isCommit = type === markerTypes.commit;
  return { producerId, producerEpoch, coordinatorEpoch, timestamp: cursor.timestamp, isCommit };
}
