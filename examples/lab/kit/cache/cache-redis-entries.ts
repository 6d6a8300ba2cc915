// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import type { Cached } from "./cache.ts";
import type { RedisClient, RedisSession } from "./cache-redis-session.ts";

// Every entry names the generation of its group, and of the whole cache, as they were before its
// value was read from the store. To invalidate is to delete a generation; the next read makes
// another one, at random, so that no entry of before fits: neither one that a slow reader writes
// later, nor one whose generation Redis has lost. Deleting also works when Redis is full.

/** How long an entry is served. */
const entryMs = 3 * 60_000;
/** Longer, so that entries do not end early. */
const generationMs = 2 * entryMs;

/** What Redis has for a key. */
export interface SharedEntry {
  /** What an entry must name that is made of a read of the store which begins later. */
  readonly generation: string;
  /** Absent when Redis has none that is up to date. */
  readonly json?: unknown;
}

/** Looks an entry up, and makes the generations that are missing. */
export async function findEntry(
  session: RedisSession,
  name: string,
  at: Cached<object>,
): Promise<SharedEntry> {
  const { client, runId } = session;
  const keys = [at.key, generationKey(name), generationKey(at.group)] as const;
  let [text, all, own] = await client.mGet([...keys]);
  if (!all || !own) {
    const made = await client
      .multi()
      .set(keys[1], random(), { condition: "NX" })
      .set(keys[2], random(), {
        condition: "NX",
        expiration: { type: "PX", value: generationMs },
      })
      .mGet([...keys])
      .execTyped();
    [text, all, own] = made[2];
  }
  // With the run, since a Redis that starts from an old dump brings old generations back.
  const generation = `${runId} ${all} ${own}`;
  const entry = parseEntry(text ?? null);
  return entry?.generation === generation ? entry : { generation };
}

/** Keeps a value that was read from the store after `findEntry` answered this generation. */
export async function putEntry(
  client: RedisClient,
  key: string,
  entry: { readonly generation: string; readonly json: unknown },
): Promise<void> {
  const expiration = { type: "PX", value: entryMs } as const;
  await client.set(key, JSON.stringify(entry), { expiration });
}

/** Makes all entries of the group stale, or of the cache when it is empty, and tells the channel. */
export async function forgetEntries(
  client: RedisClient,
  at: { readonly name: string; readonly group: string; readonly channel: string },
): Promise<void> {
  // In this order, and no transaction: within one, Redis 7.0 puts a message to the connection that
  // publishes it in the middle of the answer.
  await Promise.all([
    client.del(generationKey(at.group || at.name)),
    client.publish(at.channel, at.group),
  ]);
}

function generationKey(of: string): string {
  return `generation:${of}`;
}

function random(): string {
  return randomBytes(9).toString("base64url");
}

// Somebody else's value under the key is a miss, and is written over.
function parseEntry(text: string | null): SharedEntry | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) ?? undefined);
  } catch {
    return undefined;
  }
}
