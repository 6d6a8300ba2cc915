// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { EpochEnd } from "../log/leader-epochs.ts";
import type { Partition } from "../topics/topic.ts";

/** Where a leader's epoch ends in a partition: both numbers are -1 when that is not known. */
export function endOfEpoch({ log, leaderEpoch }: Partition, epoch: number): EpochEnd {
  if (epoch < 0) return { leaderEpoch: -1, endOffset: -1 };
  // The epoch of a leader that has appended nothing yet is not in the log.
  if (epoch === leaderEpoch) return { leaderEpoch, endOffset: log.endOffset };
  return log.endOffsetOf(epoch);
}
