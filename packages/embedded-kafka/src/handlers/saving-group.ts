// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { RequestContext } from "./handler.ts";

/**
 * Does what saves something of a group. When that cannot be written, it is refused with
 * NOT_COORDINATOR, as on Kafka: clients look for the coordinator and ask again.
 */
export function savingGroup<T>(
  { cluster }: RequestContext,
  groupId: string,
  save: () => T,
  refuse: (errorCode: number) => T,
): T {
  try {
    return save();
  } catch (error) {
    cluster.logger.error(`Cannot save something of group '${groupId}'`, { error: String(error) });
    return refuse(errorCodes.NOT_COORDINATOR);
  }
}
