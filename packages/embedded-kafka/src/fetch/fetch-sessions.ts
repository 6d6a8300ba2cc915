// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomInt } from "node:crypto";
import type { Clock } from "../clock.ts";
import { type FetchPartitions, type FetchSession, nextEpoch } from "./fetch-session.ts";

/** Kafka's max.incremental.fetch.session.cache.slots. */
const maxSessions = 1000;
/** Kafka's min.incremental.fetch.session.eviction.ms. */
const evictionMs = 120_000;

/** The fetch sessions of one node. There is room for so many: a client without one sends everything. */
export class FetchSessions {
  readonly #clock: Pick<Clock, "now">;
  /** The one that was not used for the longest time first. */
  readonly #sessions = new Map<number, FetchSession>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#sessions.size;
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id);
  }

  /** Begins a session, if there is room or one that may go. */
  open(partitions: FetchPartitions, usesTopicIds: boolean): FetchSession | undefined {
    if (this.#sessions.size >= maxSessions && !this.#evict(partitions.size)) return undefined;
    const now = this.#clock.now();
    const id = this.#newId();
    const session: FetchSession = {
      id,
      epoch: 1,
      usesTopicIds,
      partitions,
      createdMs: now,
      lastUsedMs: now,
    };
    this.#sessions.set(id, session);
    return session;
  }

  /** Notes a request of a session: the next one has the next epoch. */
  use(session: FetchSession): void {
    session.epoch = nextEpoch(session.epoch);
    session.lastUsedMs = this.#clock.now();
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
  }

  close(id: number): void {
    this.#sessions.delete(id);
  }

  /** Forgets all, as a node does that is stopped. */
  clear(): void {
    this.#sessions.clear();
  }

  /**
   * Makes room for a session of so many partitions. One that was not used for two minutes goes,
   * or else the smallest of those that have lasted as long, if it is not larger than the new one.
   */
  #evict(size: number): boolean {
    const before = this.#clock.now() - evictionMs;
    const [oldest] = this.#sessions.values();
    let evicted = oldest && oldest.lastUsedMs < before ? oldest : undefined;
    if (!evicted) {
      for (const session of this.#sessions.values()) {
        if (session.createdMs >= before || session.partitions.size > size) continue;
        if (!evicted || session.partitions.size < evicted.partitions.size) evicted = session;
      }
    }
    return evicted !== undefined && this.#sessions.delete(evicted.id);
  }

  #newId(): number {
    for (;;) {
      const id = randomInt(1, 0x7fffffff);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
