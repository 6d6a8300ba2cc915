// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { type ApiId, type ApiName, apiIdByName } from "../protocol/apis.ts";
import { checkNode, checkOptions, faultError } from "./check-options.ts";
import type { FaultFilter } from "./fault-options.ts";

/** Which requests a fault strikes. */
export interface RequestTarget {
  /** The kind of request; undefined for every kind. */
  readonly id: ApiId | undefined;
  readonly filter: FaultFilter;
}

const names = [
  "api",
  "times",
  "broker",
  "clientId",
  "topic",
  "group",
  "transactionalId",
  "matches",
];

/**
 * Throws an EmbeddedKafkaError when there can be no such request.
 *
 * @param own names of the fault's own options
 */
export function resolveTarget<N extends ApiName>(
  cluster: Cluster,
  action: string,
  options: FaultFilter<N> & { api?: N },
  own: readonly string[],
): RequestTarget {
  const { api, ...filter } = checkOptions(action, options, [...own, ...names]);
  checkNode(cluster, action, filter.broker);
  return { id: api && findApi(action, api), filter: filter as FaultFilter };
}

function findApi(action: string, api: string): ApiId {
  const id = apiIdByName.get(api);
  if (id) return id;
  const known = [...apiIdByName.keys()].sort().join(", ");
  throw faultError(action, `there is no api "${api}": there are ${known}`);
}
