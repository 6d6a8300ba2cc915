// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { javaHash } from "../java-hash.ts";
import type { Logger } from "../logger.ts";
import type { Journal } from "../storage/storage.ts";
import { elect, type IsRunning, lead, type Placed, place, spread } from "./placement.ts";

/** What a coordinator looks after. */
export type CoordinatorKind = "group" | "transaction";

/** Says whether an id is among those whose coordinator has changed. */
export type HasMoved = (kind: CoordinatorKind, id: string) => boolean;

/** Kafka's offsets.topic.num.partitions and transaction.state.log.num.partitions. */
const slotCount = 50;
/** Kafka's replication factor of the topics behind them. */
const maxReplicas = 3;

/** A share of the coordinators' work. */
interface Slot extends Placed {
  /** What it is kept under. */
  readonly key: string;
}

/** A slot as it is kept, once it has moved. */
type StoredSlot = Pick<Placed, "leader" | "leaderEpoch">;

/**
 * Which node coordinates a group or a transactional id. As on Kafka, ids are hashed onto 50 slots,
 * the partitions of a topic there, and who leads the slot coordinates all of its ids.
 */
export class Coordinators {
  readonly #slots: Readonly<Record<CoordinatorKind, readonly Slot[]>>;
  readonly #journal: Journal;
  readonly #logger: Logger;
  /** Those whose last move could not be saved. */
  readonly #unsaved = new Set<Slot>();

  /** Of nodes all of which run. */
  constructor(nodeIds: readonly number[], journal: Journal, logger: Logger) {
    const count = Math.min(maxReplicas, nodeIds.length);
    const slots = (kind: CoordinatorKind) =>
      Array.from({ length: slotCount }, (_, number) => ({
        ...place(
          spread(nodeIds, number, count, () => true),
          () => true,
        ),
        key: `${kind}-${number}`,
      }));
    this.#slots = { group: slots("group"), transaction: slots("transaction") };
    this.#journal = journal;
    this.#logger = logger;
    for (const slot of this.#all()) {
      const stored = journal.entries.get(slot.key) as StoredSlot | undefined;
      if (!stored) continue;
      // Epochs never go back: logs refuse markers of a coordinator with an older one.
      slot.leaderEpoch = stored.leaderEpoch;
      if (slot.replicas.includes(stored.leader)) slot.leader = stored.leader;
      else slot.leaderEpoch++;
    }
  }

  /** Id of the coordinator's node; -1 while none can be. */
  nodeOf(kind: CoordinatorKind, id: string): number {
    return this.slotOf(kind, id).leader;
  }

  /** The slot of an id. Its leader epoch is the coordinator epoch of transactions' markers. */
  slotOf(kind: CoordinatorKind, id: string): Readonly<Placed> {
    return this.#slots[kind][slotNumber(id)] as Slot;
  }

  /** Moves an id, and with it the others of its slot, to a node. */
  move(kind: CoordinatorKind, id: string, nodeId: number): HasMoved {
    const number = slotNumber(id);
    return this.#change((slot) => slot === this.#slots[kind][number] && lead(slot, nodeId));
  }

  /** Gives what stopped nodes coordinated to others. */
  elect(isRunning: IsRunning): HasMoved {
    return this.#change((slot) => elect(slot, isRunning));
  }

  #all(): Slot[] {
    return [...this.#slots.group, ...this.#slots.transaction];
  }

  #change(change: (slot: Slot) => boolean): HasMoved {
    const moved = this.#all().filter(change);
    this.#save(moved);
    const keys = new Set(moved.map(({ key }) => key));
    return (kind, id) => keys.has(`${kind}-${slotNumber(id)}`);
  }

  #save(moved: readonly Slot[]): void {
    for (const slot of moved) this.#unsaved.add(slot);
    if (this.#unsaved.size === 0) return;
    const stored = [...this.#unsaved].map(({ key, leader, leaderEpoch }): [string, StoredSlot] => {
      return [key, { leader, leaderEpoch }];
    });
    try {
      this.#journal.save(new Map(stored));
      this.#unsaved.clear();
    } catch (error) {
      // Clients are served by the new coordinators all the same, and the next election saves it.
      this.#logger.error("Cannot keep who coordinates", { error: String(error) });
    }
  }
}

/** The absolute value of Java's String.hashCode(), as Kafka's Utils.abs() has it, onto the slots. */
export function slotNumber(id: string): number {
  const hash = javaHash(id);
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % slotCount;
}
