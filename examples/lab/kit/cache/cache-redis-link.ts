// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import type { Logger } from "../logger.ts";
import { answerWithin } from "./cache-answer.ts";
import type { CacheMetrics } from "./cache-metrics.ts";
import { forgetEntries } from "./cache-redis-entries.ts";
import type { RedisSession, RedisSessionOptions } from "./cache-redis-session.ts";
import { openRedisSession, silenceMs } from "./cache-redis-session.ts";

/** What was published longer ago than this must have been heard. The lab's promise. */
const freshMs = 100;
/** A longer silence is an outage: somebody's write may have stopped waiting. */
const stallMs = 200;
/** How long a write waits for Redis: so long that every other process notices the outage too. */
const patienceMs = 300;
/** Between two tries to connect. */
const retryMs = 100;
/** After an outage: longer than another process needs to connect and to say what it wrote. */
const graceMs = 1000;
/** After one in which no other process can have lost its connection: it need only say it. */
const shortGraceMs = 250;

export interface RedisLinkOptions
  extends Pick<RedisSessionOptions, "address" | "password" | "database"> {
  /** Names the cache: processes that share it use one name. */
  readonly name: string;
  /** Called with each group that some process has invalidated; empty for all. */
  readonly onInvalidated: (group: string) => void;
  readonly metrics: CacheMetrics;
  readonly logger: Logger;
}

export interface RedisLink {
  /** The session to read through; undefined while only the store is sure to tell the truth. */
  usable(): RedisSession | undefined;
  /** Tells Redis and all who listen that a group is out of date. Never rejects. */
  announce(group: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps a session with Redis, and knows when nothing old can come from it.
 *
 * A write is acknowledged when Redis has confirmed that its group was forgotten, or when Redis has
 * been silent for `patienceMs`, or gone. In the last two cases all processes that Redis does not
 * answer have noticed an outage: a lost connection, or a silence longer than `stallMs`, which is
 * shorter by more than the time between two heartbeats. After an outage none reads what is shared
 * for a while; within it each that has lost its connection, or could not announce a write, has
 * everything forgotten.
 *
 * That leaves one gap: a process that is cut off from a Redis which all others reach. What it wrote
 * is hidden by their caches until it is back, or until their entries end.
 */
export function createRedisLink(options: RedisLinkOptions): RedisLink {
  const { name, onInvalidated, metrics, logger, address, password, database } = options;
  // Channels, unlike keys, are not apart by database.
  const channel = `invalidated:${database}:${name}`;
  const stopping = new AbortController();
  let session: RedisSession | undefined;
  let unannounced = false;
  let repairing = false;
  let usableFrom = 0;
  let state: "starting" | "there" | "away" | "refusing" = "starting";

  const settle = (forMs: number) => {
    usableFrom = Math.max(usableFrom, performance.now() + forMs);
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      lost(await nextSession().catch((error: Error) => error));
      await sleep(retryMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /** Resolves with the reason of its end. */
  async function nextSession(): Promise<Error> {
    const opened = await openRedisSession({
      ...{ address, password, database, channel },
      onMessage: (group) => {
        metrics.invalidation("received");
        onInvalidated(group);
      },
      onHeartbeat: ({ silentMs }) => {
        if (silentMs > stallMs) settle(silentMs < 0.8 * silenceMs ? shortGraceMs : graceMs);
        if (unannounced && !repairing) repair();
        noteState();
      },
    });
    if (stopping.signal.aborted) opened.end(new Error("Closed"));
    settle(graceMs);
    session = opened;
    return opened.ended;
  }

  // Only once it can be used: one that comes and goes is away.
  function noteState(): void {
    if (state === "there" || performance.now() < usableFrom) return;
    if (state !== "starting") logger.info("Redis is back", { cache: name });
    state = "there";
  }

  function lost(reason: Error): void {
    session = undefined;
    unannounced = true;
    onInvalidated("");
    // An outage is told once, and once more when Redis turns out to be there and to refuse.
    const next = reason instanceof ErrorReply ? "refusing" : "away";
    if (stopping.signal.aborted || state === next || state === "refusing") return;
    state = next;
    const what = state === "away" ? "Redis is away" : "Redis refuses";
    logger.warn(`${what}: reads go to the store`, { cache: name, error: reason });
  }

  /** Forgets everything, in place of what could not be announced. */
  async function repair(): Promise<void> {
    repairing = true;
    unannounced = false;
    await announce("");
    settle(shortGraceMs);
    repairing = false;
  }

  async function announce(group: string): Promise<void> {
    const current = session;
    try {
      if (current === undefined) throw new Error("Redis is away");
      const left = Math.max(0, patienceMs - current.silentForMs());
      const answer = forgetEntries(current.client, { name, group, channel });
      await metrics.timed("invalidate", answerWithin(left, answer));
      metrics.invalidation("sent");
    } catch (error) {
      unannounced = true;
      metrics.invalidation("missed");
      // A Redis that takes no writes, as a replica does, may be another one after the next login.
      if (error instanceof ErrorReply) current?.end(error);
    }
  }

  const running = run();
  return {
    usable: () => {
      if (session === undefined || unannounced || repairing) return undefined;
      const now = performance.now();
      return now >= usableFrom && now - session.heardUntil() <= freshMs ? session : undefined;
    },
    announce,
    close: async () => {
      stopping.abort();
      session?.end(new Error("Closed"));
      await running;
    },
  };
}
