// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { dataVersion, isPassingError, openSqlite } from "../kit/sqlite.ts";
import type { Comment, CommentStore } from "./store.ts";
import { CommentNotFoundError, CommentStoreUnavailableError } from "./store.ts";

export interface SqliteCommentStore extends CommentStore {
  /** Changes whenever another connection, of any process, has written to the file. */
  version(): number;
}

export interface SqliteCommentStoreOptions {
  /** Default the system's clock. */
  now?: () => Date;
  /**
   * How long a write waits for another process's, in milliseconds. Default 1000: this process
   * answers nothing else meanwhile, and writes take a millisecond.
   */
  timeoutMs?: number;
}

type Row = Record<string, SQLOutputValue>;

const columns = "id, video_id, content, created_at, updated_at";

/**
 * Comments in the SQLite file of a `sqlite:<file>` URL.
 *
 * @throws CommentStoreUnavailableError when the file cannot be opened now, or has not been migrated.
 */
export function openSqliteCommentStore(
  url: string,
  options: SqliteCommentStoreOptions = {},
): SqliteCommentStore {
  const { now = () => new Date(), timeoutMs = 1000 } = options;
  const database = unavailableOr(() => openSqlite(url));
  try {
    database.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
    const store = unavailableOr(() => prepare(database, now));
    return { ...store, version: () => unavailableOr(() => dataVersion(database)) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync, now: () => Date): CommentStore {
  if (!isMigrated(database)) {
    throw new CommentStoreUnavailableError("No table 'comments': comment-migration has yet to run");
  }
  const select = database.prepare(
    `SELECT ${columns} FROM comments WHERE video_id = ? ORDER BY created_at, position LIMIT ? OFFSET ?`,
  );
  const insert = database.prepare(
    "INSERT INTO comments (id, video_id, content, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
  );
  const update = database.prepare(
    `UPDATE comments SET content = ?, updated_at = ? WHERE id = ? RETURNING ${columns}`,
  );
  const remove = database.prepare(`DELETE FROM comments WHERE id = ? RETURNING ${columns}`);
  const removeByVideoID = database.prepare("DELETE FROM comments WHERE video_id = ?");
  const selectVideos = database.prepare(
    "SELECT DISTINCT video_id FROM comments WHERE created_at >= ?",
  );

  return {
    list: async (videoID, { limit, offset }) =>
      unavailableOr(() => select.all(videoID, limit === 0 ? -1 : limit, offset).map(toComment)),
    create: async ({ videoID, content }) => {
      const createdAt = now();
      const time = createdAt.toISOString();
      const id = randomUUID();
      unavailableOr(() => insert.run(id, videoID, content, time, time));
      return { id, videoID, content, createdAt, updatedAt: createdAt };
    },
    update: async (id, content) => {
      const time = now().toISOString();
      return toComment(
        found(
          id,
          unavailableOr(() => update.all(content, time, id)),
        ),
      );
    },
    delete: async (id) =>
      toComment(
        found(
          id,
          unavailableOr(() => remove.all(id)),
        ),
      ),
    deleteByVideoID: async (videoID) =>
      Number(unavailableOr(() => removeByVideoID.run(videoID)).changes),
    videosCommentedSince: async (time) =>
      unavailableOr(() =>
        selectVideos.all(time.toISOString()).map(({ video_id }) => String(video_id)),
      ),
    close: async () => database.close(),
  };
}

function isMigrated(database: DatabaseSync): boolean {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'comments'";
  return database.prepare(table).get() !== undefined;
}

function found(id: string, [row]: Row[]): Row {
  if (row === undefined) throw new CommentNotFoundError(id);
  return row;
}

function toComment(row: Row): Comment {
  return {
    id: String(row.id),
    videoID: String(row.video_id),
    content: String(row.content),
    createdAt: new Date(String(row.created_at)),
    updatedAt: new Date(String(row.updated_at)),
  };
}

function unavailableOr<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isPassingError(error)) throw error;
    throw new CommentStoreUnavailableError(error.message, { cause: error });
  }
}
