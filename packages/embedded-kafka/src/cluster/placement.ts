// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Something that one node at a time is responsible for: a partition, or a share of the coordinators' work. */
export interface Placed {
  /** Ids of the nodes that may lead it, the preferred one first. */
  replicas: readonly number[];
  /** Id of the node that leads it; -1 while none of its replicas runs. */
  leader: number;
  /** Number of its leaders so far, from 0 (KIP-101). */
  leaderEpoch: number;
}

/** Ids of `count` nodes for the item with the given number, so that leaders are spread over all. */
export function spread(nodeIds: readonly number[], number: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    return nodeIds[(number + at) % nodeIds.length] as number;
  });
}

/** Something new in the care of its preferred node, or of the next one that runs. */
export function place(replicas: readonly number[], isRunning: (id: number) => boolean): Placed {
  return { replicas, leader: replicas.find(isRunning) ?? -1, leaderEpoch: 0 };
}

/** Gives it to a node. Returns whether that is a change. */
export function lead(placed: Placed, leader: number): boolean {
  if (placed.leader === leader) return false;
  placed.leader = leader;
  placed.leaderEpoch++;
  return true;
}

/**
 * Gives it to a replica that runs when its leader does not; to nobody when none runs. A leader that
 * runs stays, as on Kafka: the preferred one gets it back by an election only.
 */
export function elect(placed: Placed, isRunning: (id: number) => boolean): boolean {
  if (placed.leader !== -1 && isRunning(placed.leader)) return false;
  return lead(placed, placed.replicas.find(isRunning) ?? -1);
}
