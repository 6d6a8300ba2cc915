// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";
import { checkTransactionCoordinator, fencedAs } from "./transaction-errors.ts";

/** Adds a group to a transaction, which may then commit offsets of it. */
export const addOffsetsToTxn: Handler<"addOffsetsToTxn"> = (request, context) => {
  const { transactionalId, producerEpoch, groupId } = request;
  const errorCode = checkTransactionCoordinator(context, transactionalId);
  if (errorCode !== errorCodes.NONE) return { errorCode };
  const producer = { producerId: Number(request.producerId), producerEpoch };
  const added = context.cluster.transactions.add(transactionalId, producer, { groups: [groupId] });
  return { errorCode: fencedAs(added, context.version, 2) };
};
