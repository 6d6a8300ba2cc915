// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Tells the groups that this node coordinates. Filters do not heed case. */
export const listGroups: Handler<"listGroups"> = (request, { cluster, node }) => {
  const states = request.statesFilter.map((state) => state.trim().toLowerCase());
  const types = request.typesFilter.map((type) => type.toLowerCase());
  const listed = [...cluster.groups.groups].filter(
    ({ id, kind, state }) =>
      cluster.coordinators.nodeOf("group", id) === node.id &&
      (states.length === 0 || states.includes(state.toLowerCase())) &&
      (types.length === 0 || types.includes(kind)),
  );
  return {
    errorCode: errorCodes.NONE,
    groups: listed.map(({ id, protocolType, state, kind }) => ({
      groupId: id,
      protocolType,
      groupState: state,
      groupType: kind,
    })),
  };
};
