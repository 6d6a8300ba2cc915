// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { inTransaction, isPassingError } from "../kit/sqlite.ts";
import type { Video, VideoStatus, VideoStore } from "./store.ts";
import { statusWithVariants, VideoNotFoundError, VideoStoreUnavailableError } from "./store.ts";

const schema = `
  CREATE TABLE IF NOT EXISTS videos (
    id TEXT PRIMARY KEY,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    duration REAL NOT NULL,
    url TEXT NOT NULL,
    object_name TEXT NOT NULL,
    status TEXT NOT NULL,
    variants TEXT NOT NULL,
    deleting INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS videos_by_creation ON videos (created_at, id) WHERE deleting = 0;
  CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    headers TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS outbox_lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;
`;

export interface SqliteVideoStoreOptions {
  /** Default the system's clock. */
  now?: () => Date;
}

/**
 * Videos, and the outbox of their events, in a SQLite file that several processes share.
 *
 * @param database as `openSqlite` opens it; the store closes it.
 */
export function createSqliteVideoStore(
  database: DatabaseSync,
  options: SqliteVideoStoreOptions = {},
): VideoStore {
  const { now = () => new Date() } = options;
  inTransaction(database, () => database.exec(schema));

  const selectOne = database.prepare("SELECT * FROM videos WHERE id = ?");
  const selectPage = database.prepare(
    "SELECT * FROM videos WHERE deleting = 0 ORDER BY created_at, id LIMIT ? OFFSET ?",
  );
  const selectDeleting = database.prepare(
    "SELECT * FROM videos WHERE deleting = 1 ORDER BY created_at, id",
  );
  const insertVideo = database.prepare(
    `INSERT INTO videos (id, width, height, size, duration, url, object_name, status, variants,
       created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'uploaded', '{}', ?, ?)`,
  );
  const insertEvent = database.prepare(
    "INSERT INTO outbox (topic, key, value, headers) VALUES (?, ?, ?, ?)",
  );
  const updateStatus = database.prepare(
    "UPDATE videos SET status = ?, updated_at = ? WHERE id = ? AND status IN (?, ?)",
  );
  const updateVariants = database.prepare(
    "UPDATE videos SET variants = ?, status = ?, updated_at = ? WHERE id = ?",
  );
  const hide = database.prepare("UPDATE videos SET deleting = 1, updated_at = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM videos WHERE id = ?");

  function find(id: string, includeDeleting: boolean): Video {
    const row = selectOne.get(id);
    if (row === undefined || (row.deleting === 1 && !includeDeleting)) {
      throw new VideoNotFoundError(id);
    }
    return toVideo(row);
  }

  return {
    get: (id) => answer(() => find(id, false)),
    list: (limit, skip) =>
      answer(() => selectPage.all(limit === 0 ? -1 : limit, skip).map(toVideo)),
    create: (video, event) =>
      answer(() => {
        const { id, width, height, size, duration, url, objectName } = video;
        const createdAt = now().getTime();
        inTransaction(database, () => {
          insertVideo.run(
            ...[id, width, height, size, duration, url, objectName],
            ...[createdAt, createdAt],
          );
          const headers = JSON.stringify(event.headers ?? {});
          insertEvent.run(event.topic, event.key, event.value, headers);
        });
      }),
    markEncoding: (id) =>
      answer(() => {
        updateStatus.run("encoding", now().getTime(), id, "uploaded", "uploaded");
      }),
    updateVariant: (id, scale, url) =>
      answer(() =>
        inTransaction(database, () => {
          const video = find(id, false);
          if (video.variants[scale] === url) return video;
          const variants = { ...video.variants, [scale]: url };
          const status = statusWithVariants(video.status, variants);
          const updatedAt = now();
          updateVariants.run(JSON.stringify(variants), status, updatedAt.getTime(), id);
          return { ...video, variants, status, updatedAt };
        }),
      ),
    markFailed: (id) =>
      answer(() => {
        updateStatus.run("failed", now().getTime(), id, "uploaded", "encoding");
      }),
    beginDelete: (id) =>
      answer(() =>
        inTransaction(database, () => {
          const video = find(id, true);
          hide.run(now().getTime(), id);
          return video;
        }),
      ),
    finishDelete: (id) => answer(() => void remove.run(id)),
    deleting: () => answer(() => selectDeleting.all().map(toVideo)),
    close: async () => database.close(),
  };
}

async function answer<T>(work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!isPassingError(error)) throw error;
    throw new VideoStoreUnavailableError(error.message, { cause: error });
  }
}

function toVideo(row: Record<string, SQLOutputValue>): Video {
  return {
    id: String(row.id),
    width: Number(row.width),
    height: Number(row.height),
    size: Number(row.size),
    duration: Number(row.duration),
    url: String(row.url),
    objectName: String(row.object_name),
    status: row.status as VideoStatus,
    variants: JSON.parse(String(row.variants)),
    createdAt: new Date(Number(row.created_at)),
    updatedAt: new Date(Number(row.updated_at)),
  };
}
