// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { elect, lead, type Placed, place, spread } from "./placement.ts";

/** What a coordinator looks after. */
export type CoordinatorKind = "group" | "transaction";

/** Kafka's offsets.topic.num.partitions and transaction.state.log.num.partitions. */
const slotCount = 50;
/** Kafka's replication factor of the topics behind them. */
const maxReplicas = 3;

/**
 * Which node coordinates a group or a transactional id. As on Kafka, ids are hashed onto 50 slots,
 * the partitions of a topic there, and who leads the slot coordinates all of its ids.
 */
export class Coordinators {
  readonly #slots: Readonly<Record<CoordinatorKind, readonly Placed[]>>;

  constructor(nodeIds: readonly number[], isRunning: (id: number) => boolean) {
    const slots = () =>
      Array.from({ length: slotCount }, (_, slot) =>
        place(spread(nodeIds, slot, Math.min(maxReplicas, nodeIds.length)), isRunning),
      );
    this.#slots = { group: slots(), transaction: slots() };
  }

  /** Id of the coordinator's node; -1 while none can be. */
  nodeOf(kind: CoordinatorKind, id: string): number {
    return this.slotOf(kind, id).leader;
  }

  /** The slot of an id. Its leader epoch is the coordinator epoch of transactions' markers. */
  slotOf(kind: CoordinatorKind, id: string): Placed {
    return this.#slots[kind][slotNumber(id)] as Placed;
  }

  /** Moves the slot of an id to a node. Returns whether that is a change. */
  move(kind: CoordinatorKind, id: string, nodeId: number): boolean {
    return lead(this.slotOf(kind, id), nodeId);
  }

  /** Gives what stopped nodes coordinated to others. Returns whether an id's coordinator changed. */
  elect(isRunning: (id: number) => boolean): (kind: CoordinatorKind, id: string) => boolean {
    const moved = new Set<Placed>();
    for (const slot of [...this.#slots.group, ...this.#slots.transaction]) {
      if (elect(slot, isRunning)) moved.add(slot);
    }
    return (kind, id) => moved.has(this.slotOf(kind, id));
  }
}

/** Java's String.hashCode() without its sign, as Kafka's Utils.abs() has it, onto the slots. */
function slotNumber(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (31 * hash + id.charCodeAt(at)) | 0;
  return (hash & 0x7fffffff) % slotCount;
}
