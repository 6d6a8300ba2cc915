// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ClassicGroup } from "../groups/classic/classic-group.ts";
import { type JoinResult, joinError } from "../groups/classic/member.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Kafka's group.max.session.timeout.ms. */
const maxSessionTimeoutMs = 1_800_000;

/** Enters a group. */
export const joinGroup: Handler<"joinGroup"> = (request, context) => {
  const joined = join(request, context);
  if (context.version >= 7) return joined;
  // Before version 7 there is no null for the protocol's name.
  const withoutNull = (result: JoinResult) => ({
    ...result,
    protocolName: result.protocolName ?? "",
  });
  return joined instanceof Promise ? joined.then(withoutNull) : withoutNull(joined);
};

function join(
  request: RequestOf<"joinGroup">,
  context: RequestContext,
): JoinResult | Promise<JoinResult> {
  const { cluster, clientId, clientHost, version } = context;
  const { groupId, memberId, groupInstanceId, sessionTimeoutMs, protocolType, reason } = request;
  const refused = (errorCode: number, id = memberId) => joinError(errorCode, id);
  if (groupId === "") return refused(errorCodes.INVALID_GROUP_ID);
  if (
    sessionTimeoutMs < cluster.options.minSessionTimeoutMs ||
    sessionTimeoutMs > maxSessionTimeoutMs
  ) {
    return refused(errorCodes.INVALID_SESSION_TIMEOUT);
  }
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return refused(errorCode);
  const there = cluster.groups.get(groupId);
  if (there?.kind === "consumer" && !there.isEmpty) {
    return refused(errorCodes.INCONSISTENT_GROUP_PROTOCOL, "");
  }
  const classic = cluster.groups.getClassic(groupId);
  if (!classic && memberId !== "") return refused(errorCodes.UNKNOWN_MEMBER_ID);
  const add = () => cluster.groups.addClassic(groupId);
  const group = classic ?? savingGroup<ClassicGroup | JoinResult>(context, groupId, add, refused);
  if (!(group instanceof ClassicGroup)) return group;
  return group.join({
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    // Before version 1 the session timeout was both (KIP-62).
    rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
    protocolType,
    // Copied, since what was read shares memory with whatever else the socket brought.
    protocols: request.protocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
    reason,
    requiresKnownId: version >= 4,
    supportsSkipping: version >= 9,
  });
}
