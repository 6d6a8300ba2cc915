// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { apiVersions } from "./messages/api-versions.ts";
import { fetch, initProducerId, listOffsets, produce } from "./messages/data.ts";
import {
  deleteGroups,
  describeGroups,
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  listGroups,
  offsetCommit,
  offsetFetch,
  syncGroup,
} from "./messages/groups.ts";
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  metadata,
} from "./messages/topics.ts";
import type { Api, Decoded, Encodable } from "./schema.ts";

/**
 * Everything that a client can ask for. What ApiVersions answers is this table, so a version that
 * is not in it is refused before it is sent.
 */
export const apis = {
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
  describeConfigs,
  createPartitions,
  deleteGroups,
} as const;

export type Apis = typeof apis;
export type ApiName = keyof Apis;
export type RequestOf<N extends ApiName> = Decoded<Apis[N]["request"]>;
export type ResponseOf<N extends ApiName> = Encodable<Apis[N]["response"]>;

/** The table by the key that requests carry. */
export const apiByKey: ReadonlyMap<number, readonly [ApiName, Api]> = new Map(
  Object.entries(apis).map(([name, api]) => [api.key, [name as ApiName, api]]),
);
