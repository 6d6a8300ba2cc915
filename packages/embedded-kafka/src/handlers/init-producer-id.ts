// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { none } from "../transactions/transaction.ts";
import type { Handler } from "./handler.ts";
import { checkTransactionCoordinator, fencedAs } from "./transaction-errors.ts";

/** Gives an idempotent or transactional producer its id and epoch. */
export const initProducerId: Handler<"initProducerId"> = (request, context) => {
  const { transactionalId: id, transactionTimeoutMs: timeoutMs, producerEpoch } = request;
  const refused = (errorCode: number) => ({ errorCode, producerId: -1n, producerEpoch: none });
  const producerId = Number(request.producerId);
  const isNew = producerId === none && producerEpoch === none;
  if (!isNew && (producerId === none || producerEpoch === none)) {
    return refused(errorCodes.INVALID_REQUEST);
  }
  const errorCode = checkTransactionCoordinator(context, id ?? "");
  if (errorCode !== errorCodes.NONE) return refused(errorCode);
  const producer = context.cluster.transactions.init({
    id,
    timeoutMs,
    ...(!isNew && { expected: { producerId, producerEpoch } }),
  });
  return {
    errorCode: fencedAs(producer.errorCode, context.version, 4),
    producerId: BigInt(producer.producerId),
    producerEpoch: producer.producerEpoch,
  };
};
