// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Journal, Storage } from "../storage/storage.ts";
import { ClassicGroup } from "./classic/classic-group.ts";
import type { StoredClassicGroup } from "./classic/stored-classic-group.ts";
import type {
  Committer,
  CoordinatedGroup,
  GroupHome,
  GroupKind,
  RestoreGroup,
} from "./group-kind.ts";
import { OffsetStore } from "./offset-store.ts";
import type { CommittedOffset, NewOffset } from "./offset-table.ts";

/** Kafka's offset.metadata.max.bytes, which counts the characters of Java. */
const maxMetadataLength = 4096;
/** Kafka's offsets.retention.minutes. */
const retentionMs = 7 * 24 * 60 * 60_000;
/** Kafka's offsets.retention.check.interval.ms. */
const cleaningIntervalMs = 600_000;

/** Options of {@link GroupCoordinator}. */
export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly logger: Logger;
  /** How long the first generation of a group waits for more members. */
  readonly initialRebalanceDelayMs: number;
}

/** Offsets to commit, all of one group. */
export interface Commit extends Committer {
  readonly groupId: string;
  readonly offsets: readonly NewOffset[];
}

/** A group as it is kept, under its id. */
interface StoredGroup {
  readonly kind: GroupKind;
  readonly state: object;
}

/** All groups of the cluster, of either kind, and the offsets that they committed. */
export class GroupCoordinator implements GroupHome {
  readonly offsets: OffsetStore;
  readonly #groups = new Map<string, CoordinatedGroup>();
  readonly #restorers = new Map<GroupKind, RestoreGroup>();
  readonly #options: GroupCoordinatorOptions;
  readonly #journal: Journal;
  #stopCleaning = () => {};

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    this.#journal = options.storage.journal("groups");
    this.offsets = new OffsetStore(options.storage.journal("offsets"));
    this.register("classic", (id, stored) => this.#makeClassic(id, stored as StoredClassicGroup));
    // Consumers that assign partitions to themselves leave nothing but offsets.
    for (const groupId of this.offsets.groupIds()) {
      if (!this.#journal.entries.has(groupId)) this.put(this.#makeClassic(groupId));
    }
  }

  /** Starts the sessions of members that a restart has found, and the care for what expires. */
  start(): void {
    for (const group of this.#groups.values()) group.activate();
    this.#stopCleaning = this.#options.clock.every(cleaningIntervalMs, () => this.#clean());
  }

  /** Every group, those with offsets and no member among them. */
  get groups(): Iterable<CoordinatedGroup> {
    return this.#groups.values();
  }

  get(groupId: string): CoordinatedGroup | undefined {
    return this.#groups.get(groupId);
  }

  /** The classic group of an id; undefined when there is none, or one of the other kind. */
  getClassic(groupId: string): ClassicGroup | undefined {
    const group = this.#groups.get(groupId);
    return group instanceof ClassicGroup ? group : undefined;
  }

  /** Makes a classic group, in the place of one that has no members if there is one. */
  addClassic(groupId: string): ClassicGroup {
    const group = this.#makeClassic(groupId);
    this.save(group);
    return this.put(group);
  }

  /** Puts a group that is saved in the place of the one of its id, in which nobody is. */
  put<G extends CoordinatedGroup>(group: G): G {
    this.#groups.get(group.id)?.close();
    this.#groups.set(group.id, group);
    return group;
  }

  save(group: CoordinatedGroup): void {
    const stored: StoredGroup = { kind: group.kind, state: group.stored() };
    this.#journal.save(new Map([[group.id, stored]]));
  }

  /** Says how groups of a kind are made of what was saved, and makes those that there are. */
  register(kind: GroupKind, restore: RestoreGroup): void {
    this.#restorers.set(kind, restore);
    for (const [groupId, stored] of this.#journal.entries) {
      if ((stored as StoredGroup).kind === kind) this.#restore(groupId);
    }
  }

  /**
   * Commits offsets of a member, or of a consumer without a group. Returns an error code for each,
   * in their order.
   */
  commit(commit: Commit): number[] {
    return this.#commit(commit, undefined);
  }

  /**
   * Keeps offsets until the producer's transaction ends: meanwhile those of a partition are unstable
   * (KIP-447). Returns an error code for each, in their order.
   */
  commitTransactional(producerId: number, commit: Commit): number[] {
    return this.#commit(commit, producerId);
  }

  /** Commits or drops the offsets of a producer's transaction. Does nothing when there are none. */
  completeTransaction(producerId: number, isCommit: boolean): void {
    this.offsets.complete(producerId, isCommit);
  }

  /** Deletes a group without members, with its offsets. Returns an error code. */
  delete(groupId: string): number {
    const group = this.#groups.get(groupId);
    if (!group) return errorCodes.GROUP_ID_NOT_FOUND;
    if (!group.isEmpty) return errorCodes.NON_EMPTY_GROUP;
    this.offsets.remove((offset) => offset.groupId === groupId);
    this.#remove(group);
    return errorCodes.NONE;
  }

  /** Deletes what groups have committed of a topic. */
  forgetTopic(topic: string): void {
    this.offsets.remove((offset) => offset.topic === topic);
  }

  /**
   * Takes groups to another coordinator: who waits is answered NOT_COORDINATOR, and the group goes
   * on as it was saved, as on Kafka. Without a coordinator no session ends.
   */
  move(hasMoved: (groupId: string) => boolean, isCoordinated: (groupId: string) => boolean): void {
    for (const group of [...this.#groups.values()].filter(({ id }) => hasMoved(id))) {
      group.close(errorCodes.NOT_COORDINATOR);
      const restored = this.#restore(group.id);
      if (isCoordinated(group.id)) restored.activate();
    }
  }

  close(): void {
    this.#stopCleaning();
    for (const group of this.#groups.values()) group.close();
  }

  #commit({ groupId, offsets, ...committer }: Commit, producerId: number | undefined): number[] {
    const errorCode = this.#checkCommit(groupId, offsets, committer);
    if (errorCode !== errorCodes.NONE) return offsets.map(() => errorCode);
    const isTooLong = ({ metadata }: NewOffset) => (metadata?.length ?? 0) > maxMetadataLength;
    const accepted = offsets.filter((offset) => !isTooLong(offset));
    this.offsets.commit(groupId, accepted, this.#options.clock.now(), producerId);
    return offsets.map((offset) =>
      isTooLong(offset) ? errorCodes.OFFSET_METADATA_TOO_LARGE : errorCodes.NONE,
    );
  }

  #checkCommit(groupId: string, offsets: readonly NewOffset[], committer: Committer): number {
    const { generation, isTransactional, version } = committer;
    const group = this.#groups.get(groupId);
    if (group) return group.checkCommit(committer, offsets);
    if (generation < 0) {
      this.put(this.#makeClassic(groupId));
      return errorCodes.NONE;
    }
    return isTransactional || version < 9
      ? errorCodes.ILLEGAL_GENERATION
      : errorCodes.GROUP_ID_NOT_FOUND;
  }

  /** Deletes offsets past their retention, and groups that have neither members nor offsets. */
  #clean(): void {
    const { clock, logger } = this.#options;
    const nowMs = clock.now();
    try {
      this.offsets.remove((offset) => this.#isExpired(offset, nowMs));
      for (const group of [...this.#groups.values()]) {
        const hasOffsets =
          this.offsets.ofGroup(group.id).size > 0 || this.offsets.hasPending(group.id);
        if (group.isEmpty && !hasOffsets) this.#remove(group);
      }
    } catch (error) {
      logger.error("Cannot delete expired offsets and groups", { error: String(error) });
    }
  }

  #isExpired(offset: CommittedOffset, nowMs: number): boolean {
    const { groupId, topic, partition, committedAtMs, expiresAtMs } = offset;
    const group = this.#groups.get(groupId);
    const sinceMs = group?.retainedSinceMs(committedAtMs);
    if (sinceMs === undefined || group?.isSubscribedTo(topic)) return false;
    const isOver = nowMs >= (expiresAtMs ?? sinceMs + retentionMs);
    return isOver && !this.offsets.isPending(groupId, topic, partition);
  }

  #makeClassic(groupId: string, stored?: StoredClassicGroup): ClassicGroup {
    return new ClassicGroup(groupId, { ...this.#options, home: this }, stored);
  }

  /** Makes a group anew of what was saved. One of which nothing was has offsets only. */
  #restore(groupId: string): CoordinatedGroup {
    const stored = this.#journal.entries.get(groupId) as StoredGroup | undefined;
    const restored = stored && this.#restorers.get(stored.kind)?.(groupId, stored.state);
    return this.put(restored ?? this.#makeClassic(groupId));
  }

  #remove(group: CoordinatedGroup): void {
    this.#journal.save(new Map([[group.id, undefined]]));
    group.close();
    this.#groups.delete(group.id);
  }
}
