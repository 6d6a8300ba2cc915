// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { matching, re2Pattern } from "../re2-pattern.ts";
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
  const coordinated = [...cluster.transactions.transactions].filter(
    ({ id }) => cluster.coordinators.nodeOf("transaction", id) === node.id,
  );
  const ids = matchingIds(coordinated, request.transactionalIdPattern);
  if (!ids) {
    return {
      errorCode: errorCodes.INVALID_REGULAR_EXPRESSION,
      unknownStateFilters: [],
      transactionStates: [],
    };
  }
  return {
    errorCode: errorCodes.NONE,
    unknownStateFilters: request.stateFilters.filter((state) => !states.has(state)),
    transactionStates: coordinated
      .filter((transaction) => ids.has(transaction.id) && isListed(transaction))
      .map(({ id, producerId, state }) => ({
        transactionalId: id,
        producerId: BigInt(producerId),
        transactionState: state,
      })),
  };
};

/** Undefined when the pattern cannot be used. */
function matchingIds(
  transactions: readonly Transaction[],
  regex: string | null,
): ReadonlySet<string> | undefined {
  const ids = transactions.map(({ id }) => id);
  if (!regex) return new Set(ids);
  const pattern = re2Pattern(regex);
  const matched = pattern && matching(pattern, ids);
  return matched && new Set(matched);
}

function filterOf(
  request: RequestOf<"listTransactions">,
  now: number,
): (transaction: Transaction) => boolean {
  const { stateFilters, durationFilter } = request;
  const producerIds = new Set(request.producerIdFilters.map(Number));
  return ({ state, producerId, startMs }) =>
    (stateFilters.length === 0 || stateFilters.includes(state)) &&
    (producerIds.size === 0 || producerIds.has(producerId)) &&
    (durationFilter < 0n || now - startMs > durationFilter);
}
