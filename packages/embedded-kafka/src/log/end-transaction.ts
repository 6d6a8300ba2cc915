// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Marker } from "./control-batch.ts";
import type { ProducerStates } from "./producer-states.ts";
import type { BatchHeader } from "./record-batch.ts";
import type { Segment } from "./segment.ts";

/** Takes note of a marker that is in the log, in the segment where it is. */
export function endTransaction(
  producers: ProducerStates,
  segments: readonly Segment[],
  marker: Marker,
  { baseOffset, lastOffset }: BatchHeader,
): void {
  const firstOffset = producers.end(marker);
  if (firstOffset === undefined || marker.isCommit) return;
  const { producerId } = marker;
  const segment = segments.findLast((each) => each.baseOffset <= baseOffset);
  const lastStableOffset = producers.firstOpenOffset ?? lastOffset + 1;
  segment?.aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset });
}
