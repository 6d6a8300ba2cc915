// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { clusterOperations } from "./authorized-operations.ts";
import { fault, noFault } from "./fault.ts";
import type { Handler } from "./handler.ts";

/** KIP-919's number for brokers, which is what answers here; controllers have 2. */
const brokerEndpoint = 1;
const controllerEndpoint = 2;

/** Tells the brokers (KIP-700), those that are stopped too when it is asked (KIP-1073). */
export const describeCluster: Handler<"describeCluster"> = (request, { cluster, addressOf }) => {
  const found = check(request.endpointType);
  if (found) return { ...found, clusterId: "", brokers: [] };
  const nodes = request.includeFencedBrokers ? cluster.nodes : cluster.runningNodes;
  return {
    ...noFault,
    clusterId: cluster.storage.clusterId,
    controllerId: cluster.controllerId,
    brokers: nodes.map((node) => ({
      brokerId: node.id,
      ...addressOf(node),
      isFenced: !node.isRunning,
    })),
    ...(request.includeClusterAuthorizedOperations && {
      clusterAuthorizedOperations: clusterOperations,
    }),
  };
};

function check(endpointType: number) {
  if (endpointType === brokerEndpoint) return undefined;
  if (endpointType === controllerEndpoint) {
    const message = "we wanted an endpoint of type CONTROLLER";
    const reason = `The request was sent to an endpoint of type BROKER, but ${message}`;
    return fault("MISMATCHED_ENDPOINT_TYPE", reason);
  }
  return fault("UNSUPPORTED_ENDPOINT_TYPE", `Unsupported endpoint type ${endpointType}`);
}
