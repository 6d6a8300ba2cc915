// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { OutboxRecord } from "@labwire/kafkakit/outbox";
import type { Db, IndexDescription, WithId } from "mongodb";
import { MongoServerError, ObjectId } from "mongodb";
import type { MongoCall } from "./mongo-call.ts";
import { createMongoCall } from "./mongo-call.ts";
import type { VideoDocument } from "./store.mongo.ts";
import type { VideoOutbox } from "./store.open.ts";

// The index holds what is pending and nothing else, so its size is that of the backlog.
const pending = { "outbox.created_at": { $gte: new Date(0) } } as const;
const oldestFirst = { "outbox.created_at": 1, _id: 1 } as const;

export const outboxIndex: IndexDescription = {
  name: "outbox_oldest_first",
  key: oldestFirst,
  partialFilterExpression: pending,
};

interface LeaseDocument {
  readonly _id: "relay";
  readonly holder: string;
  readonly expires_at: Date;
}

export interface MongoOutboxOptions {
  /**
   * How long a relay that was killed keeps others from its place. Default 3000; a living one
   * renews it three times as often.
   */
  leaseMs?: number;
  /** Who asks for the lease. Default a random name. */
  holder?: string;
  /** Default one that takes two seconds at most: a process that stops waits for its relay. */
  call?: MongoCall;
}

/**
 * The outbox that `createMongoVideoStore` fills: each event is in the document of its video, and
 * taken out of it once it is sent. Records come oldest first, and only to the one that holds the
 * lease, by the server's clock; nothing is written while there is nothing to send.
 */
export function createMongoOutbox(database: Db, options: MongoOutboxOptions = {}): VideoOutbox {
  const { leaseMs = 3000, holder = randomUUID() } = options;
  const { call = createMongoCall({ timeoutMs: 2000 }) } = options;
  const videos = database.collection<VideoDocument>("videos");
  const leases = database.collection<LeaseDocument>("outbox_lease");
  const change = leaseChange(holder, leaseMs);
  let renewal: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;

  async function lease(): Promise<boolean> {
    const held = (await call(takeLease))?.holder === holder;
    if (held) renewal ??= setInterval(renew, leaseMs / 3).unref();
    else stopRenewal();
    return held;
  }

  async function takeLease(): Promise<LeaseDocument | null> {
    try {
      const options = { upsert: true, returnDocument: "after" } as const;
      return await leases.findOneAndUpdate({ _id: "relay" }, change, options);
    } catch (error) {
      // Another one made the document in the same moment.
      if (error instanceof MongoServerError && error.code === 11000) return null;
      throw error;
    }
  }

  function renew(): void {
    renewing ??= renewOnce().finally(() => {
      renewing = undefined;
    });
  }

  async function renewOnce(): Promise<void> {
    try {
      if ((await call(takeLease))?.holder !== holder) stopRenewal();
    } catch {
      // The server is away; a later round, or the next claim, takes the lease again.
    }
  }

  function stopRenewal(): void {
    clearInterval(renewal);
    renewal = undefined;
  }

  async function release(): Promise<void> {
    if (renewal === undefined) return;
    stopRenewal();
    // One that is on its way would take the lease again.
    await renewing;
    await call(() => leases.deleteOne({ _id: "relay", holder }));
  }

  return {
    claim: async (limit) => {
      const only = { projection: { outbox: 1 } } as const;
      if ((await call(() => videos.findOne(pending, only))) === null) {
        await release();
        return [];
      }
      // The lease first: what its last holder sent and removed must not be in the answer.
      if (!(await lease())) return [];
      const oldest = () => videos.find(pending, only).sort(oldestFirst).limit(limit);
      return (await call(() => oldest().toArray())).map(toRecord);
    },
    remove: async (ids) => {
      const sent = { _id: { $in: ids.map((id) => new ObjectId(id)) } };
      await call(async () => {
        // In this order: a delete that finishes between the two leaves an event that is sent
        // again, never a document that nobody removes.
        await videos.updateMany(
          { ...sent, deleting: { $ne: "finished" } },
          { $unset: { outbox: "" } },
        );
        await videos.deleteMany({ ...sent, deleting: "finished" });
      });
    },
    backlog: async () => {
      const only = { projection: { "outbox.created_at": 1 } } as const;
      const [oldest] = await call(() =>
        videos.find(pending, only).sort(oldestFirst).limit(1).toArray(),
      );
      const count = oldest === undefined ? 0 : await call(() => videos.countDocuments(pending));
      return { pending: count, oldestAt: oldest?.outbox?.created_at };
    },
    close: async () => {
      try {
        await release();
      } catch {
        // The lease ends by itself.
      }
    },
  };
}

/** Takes the lease if it is free or one's own, and else changes nothing. */
function leaseChange(holder: string, leaseMs: number): object[] {
  const me = { $literal: holder };
  // As numbers, since SecantusDB takes a stored date for as late as any.
  const expiresAt = { $toLong: { $ifNull: ["$expires_at", new Date(0)] } };
  const isFree = { $lte: [expiresAt, { $toLong: "$$NOW" }] };
  const mayTake = { $or: [{ $eq: ["$holder", me] }, isFree] };
  return [
    {
      $set: {
        holder: { $cond: [mayTake, me, "$holder"] },
        expires_at: { $cond: [mayTake, { $add: ["$$NOW", leaseMs] }, "$expires_at"] },
      },
    },
  ];
}

function toRecord({ _id, outbox }: WithId<VideoDocument>): OutboxRecord {
  if (outbox === undefined) throw new Error(`No event in the document of video '${_id}'`);
  const { topic, key, value, headers } = outbox;
  return {
    id: _id.toHexString(),
    ...{ topic, key, value: new Uint8Array(value.value()) },
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
  };
}
