// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { PartitionLog } from "../log/partition-log.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

const latest = -1;
const earliest = -2;

/** Finds offsets by time, or those of the log's ends. */
export const listOffsets: Handler<"listOffsets"> = (request, { cluster, node }) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, timestamp }) => {
      const partition = cluster.topics.partition(name, index);
      const isHere = partition?.leader === node.id;
      const found = isHere ? find(partition.log, Number(timestamp)) : undefined;
      return {
        index,
        errorCode: isHere
          ? errorCodes.NONE
          : partition
            ? errorCodes.NOT_LEADER_OR_FOLLOWER
            : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
        timestamp: BigInt(found?.timestamp ?? -1),
        offset: BigInt(found?.offset ?? -1),
      };
    }),
  })),
});

function find(log: PartitionLog, timestamp: number) {
  if (timestamp === latest) return { offset: log.endOffset, timestamp: -1 };
  if (timestamp === earliest) return { offset: log.startOffset, timestamp: -1 };
  return log.findByTimestamp(timestamp);
}
