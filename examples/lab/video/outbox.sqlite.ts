// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { OutboxRecord } from "@labwire/kafkakit/outbox";
import type { VideoOutbox } from "./store.open.ts";

export interface SqliteOutboxOptions {
  /**
   * How long a relay that was killed keeps others from its place. Default 3000; a living one
   * renews it three times as often.
   */
  leaseMs?: number;
  /** Who asks for the lease. Default a random name. */
  holder?: string;
  /** Milliseconds on the clock that all holders share. Default `Date.now`. */
  now?: () => number;
}

/**
 * The outbox that `createSqliteVideoStore` fills, in the same database. Records come oldest first,
 * and only to the one that holds the lease; nothing is written while there is nothing to send.
 */
export function createSqliteOutbox(
  database: DatabaseSync,
  options: SqliteOutboxOptions = {},
): VideoOutbox {
  const { leaseMs = 3000, holder = randomUUID(), now = Date.now } = options;
  const selectOldest = database.prepare("SELECT * FROM outbox ORDER BY sequence LIMIT ?");
  // The video's row is of the same commit; one that is gone tells no time.
  const selectBacklog = database.prepare(
    `SELECT count(*) AS pending, min(created_at) AS oldest_at
       FROM outbox LEFT JOIN videos ON videos.id = outbox.key`,
  );
  const remove = database.prepare("DELETE FROM outbox WHERE sequence = ?");
  const takeLease = database.prepare(
    `INSERT INTO outbox_lease (id, holder, expires_at) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
       WHERE holder = excluded.holder OR expires_at <= ?`,
  );
  const dropLease = database.prepare("DELETE FROM outbox_lease WHERE holder = ?");
  let renewal: NodeJS.Timeout | undefined;

  function lease(): boolean {
    const time = now();
    const held = takeLease.run(holder, time + leaseMs, time).changes === 1;
    if (held) renewal ??= setInterval(renew, leaseMs / 3).unref();
    else stopRenewal();
    return held;
  }

  function renew(): void {
    try {
      lease();
    } catch {
      // A file that is locked now; the next round comes before the lease ends.
    }
  }

  function stopRenewal(): void {
    clearInterval(renewal);
    renewal = undefined;
  }

  function release(): void {
    if (renewal === undefined) return;
    stopRenewal();
    dropLease.run(holder);
  }

  return {
    claim: async (limit) => {
      if (selectOldest.get(1) === undefined) {
        release();
        return [];
      }
      // The lease first: what its last holder sent and removed must not be in the answer.
      return lease() ? selectOldest.all(limit).map(toRecord) : [];
    },
    remove: async (ids) => {
      for (const id of ids) remove.run(id);
    },
    backlog: async () => {
      const { pending, oldest_at: oldestAt } = selectBacklog.get() ?? {};
      return {
        pending: Number(pending),
        oldestAt: oldestAt === null ? undefined : new Date(Number(oldestAt)),
      };
    },
    close: async () => release(),
  };
}

function toRecord(row: Record<string, SQLOutputValue>): OutboxRecord {
  return {
    id: String(row.sequence),
    topic: String(row.topic),
    key: String(row.key),
    value: row.value as Uint8Array,
    headers: JSON.parse(String(row.headers)),
  };
}
