// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type LogFile, MemoryLogFile } from "../log/log-file.ts";

/** A topic as it is kept. */
export interface StoredTopic {
  /** Tells it from topics of the same name that were deleted, and of the same name in capitals. */
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  /** The configs that were set, not the defaults. */
  readonly configs: Readonly<Record<string, string>>;
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

/** A committed offset that is gone, because its topic or group is. */
export type RemovedOffset = Pick<CommittedOffset, "groupId" | "topic" | "partition">;

/**
 * The port between the broker and where its data is kept. Every method that changes something
 * returns when the change outlives this process.
 */
export interface Storage {
  readonly clusterId: string;
  /** What was there at the start. */
  readonly topics: readonly StoredTopic[];
  readonly offsets: readonly CommittedOffset[];
  /** The file of a partition, made when it is not there. */
  openLog(topic: StoredTopic, partition: number): LogFile;
  saveTopics(topics: readonly StoredTopic[]): void;
  /** Removes the files of a topic that is no longer among the saved ones. */
  removeLogs(topic: StoredTopic): void;
  saveOffsets(committed: readonly CommittedOffset[], removed: readonly RemovedOffset[]): void;
  /** A number that was never given before, nor before a restart. */
  nextProducerId(): number;
  close(): void;
}

/** Keeps everything in memory, until the process ends. */
export function createMemoryStorage(clusterId: string): Storage {
  let producerId = 0;
  return {
    clusterId,
    topics: [],
    offsets: [],
    openLog: () => new MemoryLogFile(),
    saveTopics: () => {},
    removeLogs: () => {},
    saveOffsets: () => {},
    nextProducerId: () => producerId++,
    close: () => {},
  };
}
