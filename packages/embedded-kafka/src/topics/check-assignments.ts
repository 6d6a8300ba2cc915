// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";

/**
 * Says what is wrong with the nodes that a client has chosen for partitions, in Kafka's words;
 * undefined when nothing is.
 *
 * @param first number of the first of the partitions
 * @param factor replicas of the partitions that are there; without it, those of the first one count
 */
export function checkAssignments(
  assignments: readonly (readonly number[])[],
  { nodes }: Cluster,
  first = 0,
  factor = assignments[0]?.length,
): string | undefined {
  for (const [at, nodeIds] of assignments.entries()) {
    const reason = checkAssignment(nodeIds, nodes.length, factor);
    if (reason) return `The manual partition assignment includes ${reason}`;
    if (!nodeIds.some((id) => nodes[id]?.isRunning)) {
      return `All brokers specified in the manual partition assignment for partition ${first + at} are fenced or in controlled shutdown.`;
    }
  }
  return undefined;
}

function checkAssignment(nodeIds: readonly number[], nodeCount: number, factor = 0) {
  if (nodeIds.length === 0) return "an empty replica list.";
  const seen = new Set<number>();
  const twice = nodeIds.find((id) => seen.size === seen.add(id).size);
  if (twice !== undefined) return `the broker ${twice} more than once.`;
  const unknown = nodeIds.find((id) => id < 0 || id >= nodeCount);
  if (unknown !== undefined) return `broker ${unknown}, but no such broker is registered.`;
  if (nodeIds.length !== factor) {
    return `a partition with ${nodeIds.length} replica(s), but this is not consistent with previous partitions, which have ${factor} replica(s).`;
  }
  return undefined;
}
