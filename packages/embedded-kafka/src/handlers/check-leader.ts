// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition } from "../topics/topic.ts";
import type { RequestContext } from "./handler.ts";

/**
 * Says whether a node answers for a partition.
 *
 * @param epoch what the client takes for the leader's epoch; -1 when it does not know (KIP-320)
 * @param mayFollow whether a replica that does not lead answers too (KIP-392)
 */
export function checkLeader(
  partition: Partition | undefined,
  nodeId: number,
  epoch = -1,
  mayFollow = false,
): number {
  if (!partition) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  const { leader, leaderEpoch } = partition;
  const isLeader = leader === nodeId;
  const isReplica = isLeader || partition.replicas.includes(nodeId);
  if (!isReplica) return errorCodes.NOT_LEADER_OR_FOLLOWER;
  if (epoch !== -1 && epoch < leaderEpoch) return errorCodes.FENCED_LEADER_EPOCH;
  if (epoch > leaderEpoch) return errorCodes.UNKNOWN_LEADER_EPOCH;
  return isLeader || mayFollow ? errorCodes.NONE : errorCodes.NOT_LEADER_OR_FOLLOWER;
}

/** Who leads partitions, for clients that asked the wrong node: they need no metadata then (KIP-951). */
export class LeaderHints {
  readonly #context: RequestContext;
  readonly #nodeIds = new Set<number>();

  constructor(context: RequestContext) {
    this.#context = context;
  }

  /** What a response says of a partition's leader. */
  of({ leader, leaderEpoch }: Partition): { leaderId: number; leaderEpoch: number } {
    if (leader !== -1) this.#nodeIds.add(leader);
    return { leaderId: leader, leaderEpoch };
  }

  /** Where the leaders are that were asked for. */
  get nodeEndpoints() {
    const { cluster, addressOf } = this.#context;
    return cluster.nodes
      .filter(({ id }) => this.#nodeIds.has(id))
      .map((node) => ({ nodeId: node.id, ...addressOf(node) }));
  }
}
