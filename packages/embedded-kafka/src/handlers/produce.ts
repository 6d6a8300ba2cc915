// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Appends batches. When it answers, they are in the log. */
export const produce: Handler<"produce"> = (request, context) => {
  const response = {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) => {
        const result = [-1, 0, 1].includes(request.acks)
          ? append(name, index, records, context)
          : { errorCode: errorCodes.INVALID_REQUIRED_ACKS, baseOffset: -1 };
        return {
          index,
          errorCode: result.errorCode,
          baseOffset: BigInt(result.baseOffset),
          logStartOffset: result.errorCode === errorCodes.NONE ? 0n : -1n,
        };
      }),
    })),
  };
  if (request.acks !== 0) return response;
  const failed = response.topics.some(({ partitions }) =>
    partitions.some(({ errorCode }) => errorCode !== errorCodes.NONE),
  );
  // As Kafka does: a producer with acks=0 hears of a fault by losing its connection.
  if (failed) context.disconnect("a produce request with acks=0 failed");
  return null;
};

function append(name: string, index: number, records: Buffer | null, context: RequestContext) {
  const { topics, logger } = context.cluster;
  const topic = topics.get(name);
  const partition = topic?.partitions[index];
  if (!topic || !partition) {
    return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 };
  }
  if (partition.leader !== context.node.id) {
    return { errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 };
  }
  if (!records) return { errorCode: errorCodes.INVALID_RECORD, baseOffset: -1 };
  try {
    return partition.log.append(records, topic.maxMessageBytes);
  } catch (error) {
    logger.error(`Cannot append to ${name}-${index}`, { error: String(error) });
    return { errorCode: errorCodes.KAFKA_STORAGE_ERROR, baseOffset: -1 };
  }
}
