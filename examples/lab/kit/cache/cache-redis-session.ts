// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@redis/client";
import type { Address } from "../address.ts";
import { answerWithin } from "./cache-answer.ts";

/** Far below the 100 ms within which a write must be seen; forty small commands a second. */
const heartbeatMs = 25;
/** A Redis that is silent for so long is taken for gone. */
export const silenceMs = 1000;
/** For the connection, the login and the subscription together. */
const openMs = 800;

export interface RedisSessionOptions {
  readonly address: Address;
  /** Empty for none. */
  readonly password: string;
  readonly database: number;
  readonly channel: string;
  /** Called with each message of the channel. */
  readonly onMessage: (message: string) => void;
  /** Called when a heartbeat was answered, with the time since the one before was sent. */
  readonly onHeartbeat: (heartbeat: { readonly silentMs: number }) => void;
}

/** One connection, from its login to its end: it is never renewed, so it stays with one Redis. */
export interface RedisSession {
  readonly client: RedisClient;
  /** Names the run of Redis: another one after each of its starts. */
  readonly runId: string;
  /** Whatever was published before this time, on `performance.now`, has been handed over. */
  heardUntil(): number;
  /** For how long Redis has owed the answer to a heartbeat. */
  silentForMs(): number;
  /** Resolves when the connection is over, with the reason. */
  readonly ended: Promise<Error>;
  end(reason: Error): void;
}

export type RedisClient = ReturnType<typeof createRedisClient>;

/**
 * Connects, subscribes and begins the heartbeats.
 *
 * Commands, heartbeats and messages share one connection (RESP3), on which Redis answers in order:
 * the answer to a heartbeat says that all that was published before it was sent has come.
 *
 * @throws an error when Redis is away, does not answer, or refuses.
 */
export async function openRedisSession(options: RedisSessionOptions): Promise<RedisSession> {
  const client = createRedisClient(options);
  const ended = Promise.withResolvers<Error>();
  let over = false;
  const end = (reason: Error) => {
    over = true;
    client.destroy();
    ended.resolve(reason);
  };
  client.on("error", end);

  async function logIn(): Promise<string> {
    await client.connect();
    // The client finishes a connection that was under way when it was destroyed.
    if (over) client.destroy();
    await client.subscribe(options.channel, options.onMessage);
    const about = await client.info("server");
    return /^run_id:(\w+)/m.exec(about)?.[1] ?? "";
  }

  let heardUntil = Number.NEGATIVE_INFINITY;
  let askedAt: number | undefined;

  async function beat(): Promise<void> {
    while (!over) {
      const at = performance.now();
      askedAt = at;
      await answerWithin(silenceMs, client.ping());
      askedAt = undefined;
      const since = Number.isFinite(heardUntil) ? heardUntil : at;
      heardUntil = at;
      options.onHeartbeat({ silentMs: performance.now() - since });
      await sleep(heartbeatMs);
    }
  }

  try {
    const runId = await answerWithin(openMs, logIn());
    beat().catch(end);
    return {
      client,
      runId,
      heardUntil: () => heardUntil,
      silentForMs: () => (askedAt === undefined ? 0 : performance.now() - askedAt),
      ended: ended.promise,
      end,
    };
  } catch (error) {
    end(error as Error);
    throw error;
  }
}

function createRedisClient({ address, password, database }: RedisSessionOptions) {
  return createClient({
    RESP: 3,
    socket: {
      host: address.host || "localhost",
      port: address.port,
      connectTimeout: openMs,
      reconnectStrategy: false,
    },
    ...(password !== "" && { password }),
    database,
    // What cannot be sent at once is no use later.
    disableOfflineQueue: true,
    // Only Redis Enterprise has them.
    maintNotifications: "disabled",
  });
}
