// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";
import { checkTransactionCoordinator, fencedAs } from "./transaction-errors.ts";

/** The first version whose producers get a new epoch with each transaction (KIP-890). */
const bumpingVersion = 5;

/** Commits or aborts a transaction. */
export const endTxn: Handler<"endTxn"> = (request, context) => {
  const { transactionalId, producerEpoch, committed: isCommit } = request;
  const errorCode = checkTransactionCoordinator(context, transactionalId);
  if (errorCode !== errorCodes.NONE) return { errorCode };
  const ended = context.cluster.transactions.end(transactionalId, {
    producerId: Number(request.producerId),
    producerEpoch,
    isCommit,
    bumpsEpoch: context.version >= bumpingVersion,
  });
  return {
    errorCode: fencedAs(ended.errorCode, context.version, 2),
    producerId: BigInt(ended.producerId),
    producerEpoch: ended.producerEpoch,
  };
};
