// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Journal, Storage } from "../storage/storage.ts";
import { Group } from "./group.ts";
import type { Committer } from "./group-kind.ts";
import type { NewOffset } from "./offset-table.ts";

/** Offsets to commit, all of one group. */
export interface Commit extends Committer {
  readonly groupId: string;
  readonly offsets: readonly NewOffset[];
}

/** What OffsetFetch answers for one partition. */
export interface FetchedOffset {
  readonly offset: bigint;
  readonly metadata: string | null;
}

/** How far a group has come in one partition. */
export interface CommittedOffset {
  readonly groupId: string;
  /** What kind of group committed: "consumer", or "" for a consumer without a group. */
  readonly protocolType: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly metadata: string | null;
}

/** A committed offset as it is kept, under its group, topic and partition. */
type StoredOffset = [protocolType: string, offset: string, metadata: string | null];

/** All groups of the broker, and the offsets that they committed. */
export class GroupCoordinator {
  readonly #groups = new Map<string, Group>();
  /** By group, then topic, then partition. */
  readonly #offsets = new Map<string, Map<string, Map<number, FetchedOffset>>>();
  readonly #clock: Clock;
  readonly #journal: Journal;

  constructor(clock: Clock, storage: Storage) {
    this.#clock = clock;
    this.#journal = storage.journal("offsets");
    for (const [key, value] of this.#journal.entries) {
      const [groupId, topic, partition] = JSON.parse(key) as [string, string, number];
      const [protocolType, offset, metadata] = value as StoredOffset;
      this.getOrCreate(groupId).protocolType = protocolType;
      const at = { groupId, topic, partition };
      this.#note({ ...at, protocolType, offset: BigInt(offset), metadata });
    }
  }

  /** Every group, those with offsets and no member among them. */
  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  get(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  getOrCreate(groupId: string): Group {
    let group = this.#groups.get(groupId);
    if (!group) {
      group = new Group(groupId, this.#clock);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  /** The committed offset; undefined when there is none. */
  offset(groupId: string, topic: string, partition: number): FetchedOffset | undefined {
    return this.#offsets.get(groupId)?.get(topic)?.get(partition);
  }

  /** Topics with their partitions of which a group has committed offsets. */
  offsetsOf(groupId: string): ReadonlyMap<string, ReadonlyMap<number, FetchedOffset>> {
    return this.#offsets.get(groupId) ?? new Map();
  }

  /** Stores offsets, all of one group. */
  commit(committed: readonly CommittedOffset[]): void {
    if (committed.length === 0) return;
    this.#journal.save(
      new Map(
        committed.map(({ groupId, protocolType, topic, partition, offset, metadata }) => {
          const value: StoredOffset = [protocolType, String(offset), metadata];
          return [keyOf(groupId, topic, partition), value];
        }),
      ),
    );
    for (const offset of committed) this.#note(offset);
  }

  /**
   * Keeps offsets until the producer's transaction ends: meanwhile those of a partition are unstable
   * (KIP-447). Returns an error code for each, in their order.
   */
  commitTransactional(_producerId: number, { offsets }: Commit): number[] {
    return offsets.map(() => errorCodes.UNSUPPORTED_VERSION);
  }

  /** Commits or drops the offsets of a producer's transaction. Does nothing when there are none. */
  completeTransaction(_producerId: number, _isCommit: boolean): void {}

  /** Deletes a group without members, with its offsets. Returns an error code. */
  delete(groupId: string): number {
    const group = this.#groups.get(groupId);
    if (!group) return errorCodes.GROUP_ID_NOT_FOUND;
    if (group.members.size > 0) return errorCodes.NON_EMPTY_GROUP;
    this.#forget(groupId, [...this.offsetsOf(groupId).keys()]);
    group.close();
    this.#groups.delete(groupId);
    return errorCodes.NONE;
  }

  /** Topics of which groups have committed offsets. */
  committedTopics(): Set<string> {
    return new Set([...this.#offsets.values()].flatMap((topics) => [...topics.keys()]));
  }

  /** Deletes what groups have committed of a topic. */
  forgetTopic(topic: string): void {
    for (const groupId of this.#offsets.keys()) this.#forget(groupId, [topic]);
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }

  #forget(groupId: string, topics: readonly string[]): void {
    const removed = topics.flatMap((topic) =>
      [...(this.#offsets.get(groupId)?.get(topic)?.keys() ?? [])].map(
        (partition) => [keyOf(groupId, topic, partition), undefined] as const,
      ),
    );
    this.#journal.save(new Map(removed));
    for (const topic of topics) this.#offsets.get(groupId)?.delete(topic);
  }

  #note({ groupId, topic, partition, offset, metadata }: CommittedOffset): void {
    const topics = this.#offsets.get(groupId) ?? new Map();
    const partitions = topics.get(topic) ?? new Map();
    this.#offsets.set(groupId, topics.set(topic, partitions.set(partition, { offset, metadata })));
  }
}

function keyOf(groupId: string, topic: string, partition: number): string {
  return JSON.stringify([groupId, topic, partition]);
}
