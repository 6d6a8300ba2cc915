// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** An offset to commit. */
export interface NewOffset {
  readonly topic: string;
  readonly partition: number;
  /** Of the next record to read. Any number, as on Kafka. */
  readonly offset: bigint;
  /** Leader epoch of the last record that was read (KIP-320); -1 when it is not known. */
  readonly leaderEpoch: number;
  readonly metadata: string | null;
  /** When it expires, whatever becomes of its group: OffsetCommit up to version 4 may ask for it. */
  readonly expiresAtMs?: number | undefined;
}

/** How far a group has come in one partition. */
export interface CommittedOffset extends NewOffset {
  readonly metadata: string;
  readonly groupId: string;
  readonly committedAtMs: number;
  /** Orders all commits: of a plain and a transactional one that of the later request stays. */
  readonly sequence: number;
}

type Partitions = Map<number, CommittedOffset>;

/** By topic, then partition. */
export type TopicOffsets = ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>;

const none: TopicOffsets = new Map();

/** Offsets by group, topic and partition. */
export class OffsetTable {
  readonly #groups = new Map<string, Map<string, Partitions>>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  get groupIds(): Iterable<string> {
    return this.#groups.keys();
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  ofGroup(groupId: string): TopicOffsets {
    return this.#groups.get(groupId) ?? none;
  }

  /** All of them, or those of one group. */
  *offsets(groupId?: string): Iterable<CommittedOffset> {
    const groups = groupId === undefined ? this.#groups.values() : [this.ofGroup(groupId)];
    for (const topics of groups) {
      for (const partitions of topics.values()) yield* partitions.values();
    }
  }

  set(offset: CommittedOffset): void {
    const { groupId, topic, partition } = offset;
    const topics = this.#groups.get(groupId) ?? new Map<string, Partitions>();
    const partitions = topics.get(topic) ?? new Map<number, CommittedOffset>();
    this.#groups.set(groupId, topics.set(topic, partitions.set(partition, offset)));
  }

  delete({ groupId, topic, partition }: CommittedOffset): void {
    const topics = this.#groups.get(groupId);
    const partitions = topics?.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) topics?.delete(topic);
    if (topics?.size === 0) this.#groups.delete(groupId);
  }
}
