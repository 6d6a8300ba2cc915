// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NewMarker } from "../log/partition-log.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler, RequestContext } from "./handler.ts";

/**
 * Ends transactions in partitions whatever their coordinators say: tools abort by it what hangs
 * (KIP-664). The coordinators themselves need no request.
 */
export const writeTxnMarkers: Handler<"writeTxnMarkers"> = (request, context) => ({
  markers: request.markers.map(({ producerId, topics, ...rest }) => {
    const marker: NewMarker = {
      producerId: Number(producerId),
      producerEpoch: rest.producerEpoch,
      coordinatorEpoch: rest.coordinatorEpoch,
      isCommit: rest.transactionResult,
    };
    return {
      producerId,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((index) => {
          return { index, errorCode: write(name, index, marker, context) };
        }),
      })),
    };
  }),
});

function write(
  topic: string,
  index: number,
  marker: NewMarker,
  { cluster, node }: RequestContext,
): number {
  const partition = cluster.topics.partition(topic, index);
  if (!partition) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  if (partition.leader !== node.id) return errorCodes.NOT_LEADER_OR_FOLLOWER;
  // As Kafka says of -1. No producer was given such an id, nor one that is no safe integer.
  const { producerId } = marker;
  if (producerId < 0 || !Number.isSafeInteger(producerId)) return errorCodes.UNKNOWN_SERVER_ERROR;
  return partition.log.appendMarker(marker, partition.leaderEpoch).errorCode;
}
