// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CoordinatorKind } from "../cluster/coordinators.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Kinds by the number that requests carry; 2 is of share groups, which there are none of here. */
const kinds: readonly CoordinatorKind[] = ["group", "transaction"];

/** The groups of KIP-932, which there are not here. */
const shareType = 2;

/** What Kafka says of every INVALID_REQUEST of which it has nothing to say. */
const invalidRequestMessage =
  "This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.";

/** Tells where the coordinators of groups or transactional ids are, one or many (KIP-699). */
export const findCoordinator: Handler<"findCoordinator"> = (request, context) => {
  const { key, keyType, coordinatorKeys } = request;
  const kind = kinds[keyType];
  if (!kind) {
    const isShare = context.version >= 4 && keyType === shareType;
    const refusal = failed(errorCodes.INVALID_REQUEST, isShare ? "" : invalidRequestMessage);
    return { ...refusal, coordinators: coordinatorKeys.map((key) => ({ key, ...refusal })) };
  }
  if (context.version >= 4) {
    return { coordinators: coordinatorKeys.map((key) => ({ key, ...find(kind, key, context) })) };
  }
  const found = find(kind, key, context);
  // What Kafka says of a coordinator that it has found.
  return found.errorCode === errorCodes.NONE ? { ...found, errorMessage: "NONE" } : found;
};

function find(kind: CoordinatorKind, id: string, context: RequestContext) {
  const { cluster, addressOf } = context;
  const node = cluster.nodes[cluster.coordinators.nodeOf(kind, id)];
  if (node) {
    return { errorCode: errorCodes.NONE, errorMessage: "", nodeId: node.id, ...addressOf(node) };
  }
  return failed(errorCodes.COORDINATOR_NOT_AVAILABLE, "The coordinator is not available.");
}

const failed = (errorCode: number, errorMessage: string) => {
  return { errorCode, errorMessage, nodeId: -1, host: "", port: -1 };
};
