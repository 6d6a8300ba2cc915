// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Pool } from "pg";
import type { PostgresOptions } from "../kit/postgres.ts";
import {
  isMissingTable,
  isPassing,
  isRefusal,
  postgresConfig,
  postgresReason,
} from "../kit/postgres.ts";
import { PermanentError } from "../kit/wait-for.ts";
import type { Comment, CommentStore } from "./store.ts";
import { CommentNotFoundError, CommentStoreUnavailableError } from "./store.ts";

interface Row {
  readonly id: string;
  readonly video_id: string;
  readonly content: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = "id, video_id, content, created_at, updated_at";

const notMigrated = "No table 'comments': comment-migration has yet to run";

/**
 * Comments in the PostgreSQL database of a `postgres:` URL. Times are the server's, so that those
 * of several processes compare; it keeps microseconds, which order comments, and answers
 * milliseconds.
 *
 * A connection that breaks is replaced at the next call. A write whose answer was lost with its
 * connection may have happened.
 *
 * @throws CommentStoreUnavailableError when the server cannot be reached now, or the database has
 * not been migrated.
 * @throws PermanentError when the server refuses the name, the password or the database.
 */
export async function openPostgresCommentStore(
  url: string,
  options: PostgresOptions = {},
): Promise<CommentStore> {
  const pool = new Pool(postgresConfig(url, options));
  // An idle connection broke. The pool has dropped it already, and the next call opens another.
  pool.on("error", () => {});

  async function query(text: string, values: readonly unknown[] = []) {
    try {
      return await pool.query<Row>(text, [...values]);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async function changeOne(id: string, text: string, values: readonly unknown[]): Promise<Comment> {
    const [row] = (await query(text, values)).rows;
    if (row === undefined) throw new CommentNotFoundError(id);
    return toComment(row);
  }

  try {
    // Also says whether the table is there, since it is read to be planned.
    await pool.query("SELECT 1 FROM comments LIMIT 0");
  } catch (error) {
    await pool.end();
    if (isRefusal(error)) {
      throw new PermanentError(`Cannot open the comment store: ${error.message}`, { cause: error });
    }
    throw toStoreError(error);
  }

  return {
    list: async (videoID, { limit, offset }) => {
      const { rows } = await query(
        `SELECT ${columns} FROM comments WHERE video_id = $1
         ORDER BY created_at, id LIMIT $2 OFFSET $3`,
        [videoID, limit === 0 ? null : limit, offset],
      );
      return rows.map(toComment);
    },
    create: async ({ videoID, content }) => {
      const { rows } = await query(
        `INSERT INTO comments (video_id, content) VALUES ($1, $2) RETURNING ${columns}`,
        [videoID, content],
      );
      return toComment(rows[0] as Row);
    },
    update: (id, content) =>
      changeOne(
        id,
        // The time when the row is free, and not when the statement began to wait for it.
        `UPDATE comments SET content = $2, updated_at = clock_timestamp()
         WHERE id = $1 RETURNING ${columns}`,
        [id, content],
      ),
    delete: (id) => changeOne(id, `DELETE FROM comments WHERE id = $1 RETURNING ${columns}`, [id]),
    deleteByVideoID: async (videoID) =>
      (await query("DELETE FROM comments WHERE video_id = $1", [videoID])).rowCount ?? 0,
    videosCommentedSince: async (time) => {
      const { rows } = await query(
        "SELECT DISTINCT video_id FROM comments WHERE created_at >= $1",
        [time],
      );
      return rows.map(({ video_id }) => video_id);
    },
    close: () => pool.end(),
  };
}

function toStoreError(error: unknown): unknown {
  if (isMissingTable(error)) return new CommentStoreUnavailableError(notMigrated, { cause: error });
  if (!isPassing(error) && !isRefusal(error)) return error;
  return new CommentStoreUnavailableError(postgresReason(error), { cause: error });
}

function toComment(row: Row): Comment {
  return {
    id: row.id,
    videoID: row.video_id,
    content: row.content,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
