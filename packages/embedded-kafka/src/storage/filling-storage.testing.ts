// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createMemoryStorage, type Storage } from "./storage.ts";

/** A storage whose journals cannot be written while its disk is full. */
export function createFillingStorage(): Storage & { isFull: boolean } {
  const memory = createMemoryStorage("cluster");
  const storage = {
    ...memory,
    isFull: false,
    journal(name: string) {
      const journal = memory.journal(name);
      return {
        entries: journal.entries,
        save(changes: ReadonlyMap<string, unknown>) {
          if (storage.isFull && changes.size > 0)
            throw new Error("ENOSPC: no space left on device");
          journal.save(changes);
        },
      };
    },
  };
  return storage;
}
