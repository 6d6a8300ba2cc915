// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkTopicName } from "../topics/topic-name.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Tells who writes to partitions, and since which offset in a transaction. */
export const describeProducers: Handler<"describeProducers"> = (request, context) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((index) => describe(name, index, context)),
  })),
});

function describe(name: string, index: number, { cluster, node }: RequestContext) {
  const refused = (errorCode: number, errorMessage: string | null = null) => {
    return { index, errorCode, errorMessage, activeProducers: [] };
  };
  const invalid = checkTopicName(name);
  if (invalid !== undefined) return refused(errorCodes.INVALID_TOPIC_EXCEPTION, invalid);
  if (!cluster.topics.get(name)) {
    const message = "This server does not host this topic-partition.";
    return refused(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, message);
  }
  const partition = cluster.topics.partition(name, index);
  if (!partition) return refused(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  if (partition.leader !== node.id) return refused(errorCodes.NOT_LEADER_OR_FOLLOWER);
  return {
    ...refused(errorCodes.NONE),
    activeProducers: partition.log.producers().map((producer) => ({
      producerId: BigInt(producer.producerId),
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: BigInt(producer.lastTimestamp),
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: BigInt(producer.currentTxnStartOffset),
    })),
  };
}
