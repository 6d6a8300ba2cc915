// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { CoordinatorKind } from "../cluster/coordinators.ts";
import { checkOptions, checkRuns, faultError } from "./check-options.ts";
import type { MoveCoordinatorOptions, MoveLeaderOptions } from "./fault-options.ts";

/** Gives a partition another leader. Returns the id of its node. */
export function moveLeader(cluster: Cluster, options: MoveLeaderOptions): number {
  const names = ["topic", "partition", "to"];
  const { topic, partition, to } = checkOptions("move a leader", options, names);
  const action = `move the leader of partition ${partition} of topic '${topic}'`;
  const placed = cluster.topics.partition(topic, partition);
  if (!placed) throw faultError(action, "there is no such partition");
  const others = placed.replicas.filter((id) => id !== placed.leader);
  const leader = checkRuns(cluster, action, to ?? others.find(cluster.isRunning));
  cluster.moveLeader(topic, partition, leader);
  return leader;
}

/** Gives a group or a transactional id another coordinator. Returns the id of its node. */
export function moveCoordinator(cluster: Cluster, options: MoveCoordinatorOptions): number {
  const names = ["group", "transactionalId", "to"];
  const { group, transactionalId, to } = checkOptions("move a coordinator", options, names);
  const id = group ?? transactionalId;
  if (id === undefined || (group !== undefined && transactionalId !== undefined)) {
    throw faultError("move a coordinator", "either 'group' or 'transactionalId' must be given");
  }
  const kind: CoordinatorKind = group === undefined ? "transaction" : "group";
  const action = `move the coordinator of ${kind} '${id}'`;
  const coordinator = checkRuns(cluster, action, to ?? nextRunning(cluster, kind, id));
  cluster.moveCoordinator(kind, id, coordinator);
  return coordinator;
}

/** The node after the one that coordinates the id, among those that run. */
function nextRunning(
  { nodes, coordinators, isRunning }: Cluster,
  kind: CoordinatorKind,
  id: string,
) {
  const current = coordinators.nodeOf(kind, id);
  const others = Array.from({ length: nodes.length - 1 }, (_, at) => {
    return (current + 1 + at) % nodes.length;
  });
  return others.find(isRunning);
}
