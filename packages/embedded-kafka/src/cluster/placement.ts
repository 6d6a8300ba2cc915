// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Something that one node at a time is responsible for: a partition, or a share of the coordinators' work. */
export interface Placed {
  /** Ids of the nodes that may lead it, the preferred one first. */
  replicas: readonly number[];
  /** Id of the node that leads it; -1 while none of its replicas runs. */
  leader: number;
  /** How often its leader has changed (KIP-101). */
  leaderEpoch: number;
}

/** Says whether the node with an id runs. */
export type IsRunning = (nodeId: number) => boolean;

/**
 * Ids of `count` nodes for the item with the given number, so that leaders are spread over all. A
 * node that is stopped is taken last, as on Kafka: it is a replica when there are no others.
 */
export function spread(
  nodeIds: readonly number[],
  number: number,
  count: number,
  isRunning: IsRunning,
): number[] {
  const turned = nodeIds.map((_, at) => nodeIds[(number + at) % nodeIds.length] as number);
  const stopped = turned.filter((id) => !isRunning(id));
  return [...turned.filter(isRunning), ...stopped].slice(0, count);
}

/** Something new in the care of its preferred node, or of the next one that runs. */
export function place(replicas: readonly number[], isRunning: IsRunning): Placed {
  return { replicas, leader: replicas.find(isRunning) ?? -1, leaderEpoch: 0 };
}

/**
 * Gives it to a node, which takes the place of the former leader among the replicas when it is none
 * of them. Returns whether that is a change.
 */
export function lead(placed: Placed, leader: number): boolean {
  if (placed.leader === leader) return false;
  if (leader !== -1 && !placed.replicas.includes(leader)) {
    const former = Math.max(0, placed.replicas.indexOf(placed.leader));
    placed.replicas = placed.replicas.with(former, leader);
  }
  placed.leader = leader;
  placed.leaderEpoch++;
  return true;
}

/**
 * Gives it to a replica that runs when its leader does not; to nobody when none runs. A leader that
 * runs stays, as on Kafka: the preferred one gets it back by an election only.
 */
export function elect(placed: Placed, isRunning: IsRunning): boolean {
  if (placed.leader !== -1 && isRunning(placed.leader)) return false;
  return lead(placed, placed.replicas.find(isRunning) ?? -1);
}
