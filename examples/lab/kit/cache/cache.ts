// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What is cached: under which key, and with what else it is forgotten. */
export interface Cached<T extends object> {
  readonly key: string;
  /** What `invalidate` names: one for all keys that the same write makes stale. Never empty. */
  readonly group: string;
  /** Makes the value from its JSON, in which dates are text. */
  readonly revive: (json: unknown) => T;
}

/** Cache-aside reads: ask the cache, and on a miss the store, once for all who ask meanwhile. */
export interface Cache {
  /** The cached value, or what `load` answers. An error of `load` is not cached. */
  read<T extends object>(at: Cached<T>, load: () => Promise<T>): Promise<T>;
  /**
   * After a write was committed, and before it is acknowledged: forgets the group, or everything
   * when it is empty. Never rejects.
   */
  invalidate(group: string): Promise<void>;
  close(): Promise<void>;
}
