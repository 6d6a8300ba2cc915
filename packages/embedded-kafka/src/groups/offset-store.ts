// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Journal } from "../storage/storage.ts";
import {
  type CommittedOffset,
  type NewOffset,
  OffsetTable,
  type TopicOffsets,
} from "./offset-table.ts";

/** Where an offset is kept: with a producer's id while the producer's transaction is open. */
type StoredKey = readonly [groupId: string, topic: string, partition: number, producerId?: number];
type StoredOffset = readonly [
  offset: string,
  leaderEpoch: number,
  metadata: string,
  committedAtMs: number,
  sequence: number,
  expiresAtMs?: number,
];

/**
 * The offsets of all groups: those committed, and those of open transactions. A change is saved
 * before it is seen; when that fails, it throws and nothing has changed.
 */
export class OffsetStore {
  readonly #journal: Journal;
  readonly #committed = new OffsetTable();
  readonly #pending = new Map<number, OffsetTable>();
  #sequence = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    for (const [key, value] of journal.entries) {
      const [offset, producerId] = toOffset(key, value as StoredOffset);
      this.#sequence = Math.max(this.#sequence, offset.sequence);
      this.#tableOf(producerId).set(offset);
    }
  }

  /** Groups of which there are offsets, also of open transactions. */
  groupIds(): Set<string> {
    return new Set([...this.#tables()].flatMap(([, table]) => [...table.groupIds]));
  }

  /** Topics of which there are offsets, also of open transactions. */
  topics(): Set<string> {
    const offsets = [...this.#tables()].flatMap(([, table]) => [...table.offsets()]);
    return new Set(offsets.map(({ topic }) => topic));
  }

  /** What a group has committed. */
  ofGroup(groupId: string): TopicOffsets {
    return this.#committed.ofGroup(groupId);
  }

  /** What a group has committed in a partition. */
  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#committed.get(groupId, topic, partition);
  }

  /** Whether an open transaction has an offset of the group. */
  hasPending(groupId: string): boolean {
    return [...this.#pending.values()].some((table) => table.ofGroup(groupId).size > 0);
  }

  /** Whether an open transaction has an offset of the group in the partition. */
  isPending(groupId: string, topic: string, partition: number): boolean {
    for (const table of this.#pending.values()) {
      if (table.get(groupId, topic, partition)) return true;
    }
    return false;
  }

  /** Commits offsets; with a producer's id they wait for the end of its transaction. */
  commit(groupId: string, offsets: readonly NewOffset[], nowMs: number, producerId?: number): void {
    const committed = offsets.map((offset, at): CommittedOffset => {
      const sequence = this.#sequence + 1 + at;
      const metadata = offset.metadata ?? "";
      return { ...offset, metadata, groupId, committedAtMs: nowMs, sequence };
    });
    this.#journal.save(new Map(committed.map((offset) => toEntry(offset, producerId))));
    this.#sequence += committed.length;
    for (const offset of committed) this.#tableOf(producerId).set(offset);
  }

  /** Commits what is pending of a producer's transaction, or drops it. */
  complete(producerId: number, isCommit: boolean): void {
    const pending = [...(this.#pending.get(producerId)?.offsets() ?? [])];
    const committed = pending.filter(({ groupId, topic, partition, sequence }) => {
      const there = this.#committed.get(groupId, topic, partition);
      return isCommit && sequence > (there?.sequence ?? 0);
    });
    this.#journal.save(
      new Map<string, unknown>([
        ...pending.map((offset) => [keyOf(offset, producerId), undefined] as const),
        ...committed.map((offset) => toEntry(offset)),
      ]),
    );
    this.#pending.delete(producerId);
    for (const offset of committed) this.#committed.set(offset);
  }

  /** Removes offsets, those of open transactions too. */
  remove(isChosen: (offset: CommittedOffset) => boolean): void {
    const chosen = [...this.#tables()].map(([producerId, table]) => {
      return { producerId, table, offsets: [...table.offsets()].filter(isChosen) };
    });
    this.#journal.save(
      new Map(
        chosen.flatMap(({ producerId, offsets }) =>
          offsets.map((offset) => [keyOf(offset, producerId), undefined] as const),
        ),
      ),
    );
    for (const { producerId, table, offsets } of chosen) {
      for (const offset of offsets) table.delete(offset);
      if (producerId !== undefined && table.isEmpty) this.#pending.delete(producerId);
    }
  }

  *#tables(): Iterable<readonly [producerId: number | undefined, OffsetTable]> {
    yield [undefined, this.#committed];
    yield* this.#pending;
  }

  #tableOf(producerId: number | undefined): OffsetTable {
    if (producerId === undefined) return this.#committed;
    const table = this.#pending.get(producerId) ?? new OffsetTable();
    this.#pending.set(producerId, table);
    return table;
  }
}

function keyOf({ groupId, topic, partition }: CommittedOffset, producerId?: number): string {
  const key: StoredKey = [groupId, topic, partition];
  return JSON.stringify(producerId === undefined ? key : [...key, producerId]);
}

function toEntry(committed: CommittedOffset, producerId?: number): [string, StoredOffset] {
  const { offset, leaderEpoch, metadata, committedAtMs, sequence, expiresAtMs } = committed;
  const stored = [String(offset), leaderEpoch, metadata, committedAtMs, sequence] as const;
  return [
    keyOf(committed, producerId),
    expiresAtMs === undefined ? stored : [...stored, expiresAtMs],
  ];
}

function toOffset(key: string, stored: StoredOffset): [CommittedOffset, number | undefined] {
  const [groupId, topic, partition, producerId] = JSON.parse(key) as StoredKey;
  const [offset, leaderEpoch, metadata, committedAtMs, sequence, expiresAtMs] = stored;
  const where = { groupId, topic, partition };
  return [
    {
      ...where,
      offset: BigInt(offset),
      leaderEpoch,
      metadata,
      committedAtMs,
      sequence,
      expiresAtMs,
    },
    producerId,
  ];
}
