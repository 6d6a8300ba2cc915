// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Gives an idempotent producer its id. There are no transactions, so a transactional id is refused. */
export const initProducerId: Handler<"initProducerId"> = (request, { cluster }) => {
  if (request.transactionalId !== null) {
    cluster.logger.warn(
      `Refused the producer '${request.transactionalId}': transactions are not supported`,
    );
    return { errorCode: errorCodes.INVALID_REQUEST, producerId: -1n, producerEpoch: -1 };
  }
  const producerId = BigInt(cluster.storage.nextProducerId());
  return { errorCode: errorCodes.NONE, producerId, producerEpoch: 0 };
};
