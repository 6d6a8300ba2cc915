// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type RequestContext } from "./handler.ts";

/** Like checkCoordinator(); an empty id is nobody's, and refused as such later. */
export function checkTransactionCoordinator(context: RequestContext, id: string): number {
  return id === "" ? errorCodes.NONE : checkCoordinator(context, "transaction", id);
}

/** An error as clients of a version know it: PRODUCER_FENCED came with a later one (KIP-588). */
export function fencedAs(errorCode: number, version: number, fencedSince: number): number {
  const isUnknown = errorCode === errorCodes.PRODUCER_FENCED && version < fencedSince;
  return isUnknown ? errorCodes.INVALID_PRODUCER_EPOCH : errorCode;
}
