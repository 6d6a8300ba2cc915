// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkLeader } from "./check-leader.ts";
import { endOfEpoch } from "./end-of-epoch.ts";
import type { Handler } from "./handler.ts";

/** Tells where leaders' epochs end: what a client read past that is no longer in the log (KIP-320). */
export const offsetForLeaderEpoch: Handler<"offsetForLeaderEpoch"> = (request, context) => {
  const { cluster, node } = context;
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, currentLeaderEpoch, leaderEpoch }) => {
        const partition = cluster.topics.partition(name, index);
        const errorCode = checkLeader(partition, node.id, currentLeaderEpoch);
        if (errorCode !== errorCodes.NONE || !partition) return { index, errorCode };
        const end = endOfEpoch(partition, leaderEpoch);
        return {
          index,
          errorCode,
          leaderEpoch: end.leaderEpoch,
          endOffset: BigInt(end.endOffset),
        };
      }),
    })),
  };
};
