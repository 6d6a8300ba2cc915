// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { re2Pattern } from "../re2-pattern.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Handler } from "./handler.ts";

/** States that filters may name; the last two are never seen from outside, on Kafka neither. */
const states: ReadonlySet<string> = new Set([
  ...["Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort"],
  ...["Dead", "PrepareEpochFence"],
]);

/** Lists the transactional ids that the node coordinates. */
export const listTransactions: Handler<"listTransactions"> = (request, { cluster, node }) => {
  const isListed = filterOf(request, cluster.clock.now());
  if (!isListed) {
    return {
      errorCode: errorCodes.INVALID_REGULAR_EXPRESSION,
      unknownStateFilters: [],
      transactionStates: [],
    };
  }
  return {
    errorCode: errorCodes.NONE,
    unknownStateFilters: request.stateFilters.filter((state) => !states.has(state)),
    transactionStates: [...cluster.transactions.transactions]
      .filter(({ id }) => cluster.coordinators.nodeOf("transaction", id) === node.id)
      .filter(isListed)
      .map(({ id, producerId, state }) => ({
        transactionalId: id,
        producerId: BigInt(producerId),
        transactionState: state,
      })),
  };
};

/** Undefined when the pattern cannot be read. */
function filterOf(
  request: RequestOf<"listTransactions">,
  now: number,
): ((transaction: Transaction) => boolean) | undefined {
  const { stateFilters, durationFilter, transactionalIdPattern } = request;
  const producerIds = new Set(request.producerIdFilters.map(Number));
  const pattern = re2Pattern(transactionalIdPattern || ".*");
  if (!pattern) return undefined;
  return ({ id, state, producerId, startMs }) =>
    (stateFilters.length === 0 || stateFilters.includes(state)) &&
    (producerIds.size === 0 || producerIds.has(producerId)) &&
    (durationFilter < 0n || now - startMs > durationFilter) &&
    pattern.test(id);
}
