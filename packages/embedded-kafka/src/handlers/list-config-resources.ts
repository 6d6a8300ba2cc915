// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { resourceTypes } from "./config-resources.ts";
import type { Handler } from "./handler.ts";

const allTypes: readonly number[] = Object.values(resourceTypes);

/** Tells what has configs. Clients' metrics, which are all that version 0 asks for, have none here. */
export const listConfigResources: Handler<"listConfigResources"> = (request, context) => {
  const { cluster, version } = context;
  const wanted = version === 0 ? [resourceTypes.clientMetrics] : request.resourceTypes;
  if (!wanted.every((type) => allTypes.includes(type))) {
    return { errorCode: errorCodes.UNSUPPORTED_VERSION, configResources: [] };
  }
  const nodes = cluster.runningNodes.map(({ id }) => `${id}`);
  const names: Record<number, string[]> = {
    [resourceTypes.topic]: [...cluster.topics.topics].map(({ name }) => name),
    [resourceTypes.broker]: nodes,
    [resourceTypes.brokerLogger]: nodes,
  };
  const types = wanted.length > 0 ? [...new Set(wanted)] : allTypes;
  return {
    errorCode: errorCodes.NONE,
    configResources: types.flatMap((resourceType) =>
      (names[resourceType] ?? []).map((resourceName) => ({ resourceName, resourceType })),
    ),
  };
};
