// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CoordinatorKind } from "../cluster/coordinators.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Kinds by the number that requests carry. */
const kinds: readonly CoordinatorKind[] = ["group", "transaction"];

/** Tells where the coordinator of a group or a transactional id is. */
export const findCoordinator: Handler<"findCoordinator"> = (request, { cluster, addressOf }) => {
  const refused = (errorCode: number, errorMessage: string) => ({
    errorCode,
    errorMessage,
    nodeId: -1,
    host: "",
    port: -1,
  });
  const kind = kinds[request.keyType];
  if (!kind) return refused(errorCodes.INVALID_REQUEST, `Unknown key type ${request.keyType}`);
  const node = cluster.nodes[cluster.coordinators.nodeOf(kind, request.key)];
  if (!node) return refused(errorCodes.COORDINATOR_NOT_AVAILABLE, "No broker can coordinate it");
  return { errorCode: errorCodes.NONE, nodeId: node.id, ...addressOf(node) };
};
