// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { checkTopicName } from "../topics/topic-name.ts";
import { type Fault, fault } from "./fault.ts";

/** What can have configs. */
export const resourceTypes = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const;

/** One of them. */
export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** Says why a topic cannot have the name of a resource; undefined when it can. */
export function checkResourceName(name: string): Fault | undefined {
  if (name === "") return fault("INVALID_REQUEST", "Default topic resources are not allowed.");
  const badName = checkTopicName(name);
  return badName === undefined ? undefined : fault("INVALID_TOPIC_EXCEPTION", badName);
}

/** Says why there are no configs of such a resource to change. */
export function refuseResource(resourceType: number): Fault {
  switch (resourceType) {
    case resourceTypes.brokerLogger:
    case resourceTypes.clientMetrics:
    case resourceTypes.group:
      return fault(
        "INVALID_REQUEST",
        `Cannot change configs of resource type ${resourceType}: this broker has none`,
      );
    default:
      return fault("INVALID_REQUEST", `Unknown resource type ${resourceType}`);
  }
}

/** Says why a resource's name does not stand for the node that was asked. */
export function checkNodeId(
  resourceName: string,
  nodeId: number,
  what: "Node" | "Broker",
  expected: string,
): string | undefined {
  if (!/^-?\d+$/.test(resourceName)) {
    return `${what} id must be an integer, but it is: ${resourceName}`;
  }
  if (Number(resourceName) === nodeId) return undefined;
  return `Unexpected broker id, expected ${expected}, but received ${resourceName}`;
}
