// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogFolder } from "../log/log-folder.ts";
import { MemoryLogFolder } from "../log/memory-log-folder.ts";

/**
 * JSON values by string keys that survive a restart. Values must not be changed once they are
 * saved, nor once they are taken from it.
 */
export interface Journal {
  /** What is saved. */
  readonly entries: ReadonlyMap<string, unknown>;
  /**
   * Sets the values of some keys; undefined removes one. All of it or nothing: when it returns, the
   * changes outlive this process; when it throws, there are none.
   */
  save(changes: ReadonlyMap<string, unknown>): void;
}

/** The port between the broker and where its data is kept. */
export interface Storage {
  /** 16 random bytes in base64url, the same after a restart. */
  readonly clusterId: string;
  /** The journal of a name, which is part of a file's name. Asked for again, it is the same one. */
  journal(name: string): Journal;
  /** The files of a partition. The topic's id tells it from others that had its name. */
  openLog(topicId: string, topicName: string, partition: number): LogFolder;
  /** Removes the files of a topic, whose logs are closed. */
  removeLogs(topicId: string, topicName: string): void;
  /** Removes the files of all other topics: their deletion was cut short by a kill. */
  keepLogs(topics: Iterable<{ readonly id: string; readonly name: string }>): void;
  /** A number that was never given before, nor before a restart. */
  nextProducerId(): number;
  close(): void;
}

/** Keeps everything in memory, until the process ends. */
export function createMemoryStorage(clusterId: string): Storage {
  const journals = new Map<string, Journal>();
  let producerId = 0;
  return {
    clusterId,
    journal(name) {
      const journal = journals.get(name) ?? createMemoryJournal();
      journals.set(name, journal);
      return journal;
    },
    openLog: () => new MemoryLogFolder(),
    removeLogs: () => {},
    keepLogs: () => {},
    nextProducerId: () => producerId++,
    close: () => {},
  };
}

function createMemoryJournal(): Journal {
  const entries = new Map<string, unknown>();
  return {
    entries,
    save(changes) {
      for (const [key, value] of changes) {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value);
      }
    },
  };
}
