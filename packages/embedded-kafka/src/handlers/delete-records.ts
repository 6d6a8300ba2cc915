// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkLeader } from "./check-leader.ts";
import { storing } from "./fault.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Stands for the end of the log. */
const highWatermark = -1;

/** Deletes what lies before an offset in partitions. */
export const deleteRecords: Handler<"deleteRecords"> = ({ topics }, context) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, offset }) => {
      const { errorCode, lowWatermark = -1 } = remove(name, index, Number(offset), context);
      return { index, errorCode, lowWatermark: BigInt(lowWatermark) };
    }),
  })),
});

function remove(
  name: string,
  index: number,
  offset: number,
  { cluster, node }: RequestContext,
): { errorCode: number; lowWatermark?: number } {
  const topic = cluster.topics.get(name);
  const partition = topic?.partitions[index];
  const refusal = checkLeader(partition, node.id);
  if (refusal !== errorCodes.NONE || !topic || !partition) return { errorCode: refusal };
  // A compacted log keeps the last record of each key, whatever its offset.
  const { isCompacted, isDeleted } = topic.logConfig;
  if (isCompacted && !isDeleted) return { errorCode: errorCodes.POLICY_VIOLATION };
  const { log } = partition;
  const before = offset === highWatermark ? log.endOffset : offset;
  if (before < 0 || before > log.endOffset) return { errorCode: errorCodes.OFFSET_OUT_OF_RANGE };
  const failed = storing(cluster, `Cannot delete records of ${name}-${index}`, () => {
    log.deleteBefore(before);
  });
  return failed ?? { errorCode: errorCodes.NONE, lowWatermark: log.startOffset };
}
