// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { crc32 } from "node:zlib";
import { Client } from "pg";
import type { Logger } from "../../kit/logger.ts";
import { assertReadable, isPassing, postgresReason } from "../../kit/postgres.ts";
import { PermanentError, waitFor } from "../../kit/wait-for.ts";
import type { MigrationStep, MigrationTarget, SchemaState } from "./target.ts";
import { MigrationError } from "./target.ts";

export interface PostgresTargetOptions {
  /** Hears that the server, or another migrator, is waited for. */
  readonly logger: Logger;
  /** Ends the wait for the server. Default never. */
  readonly signal?: AbortSignal;
}

// No limit on statements: a migration takes as long as there are rows.
const connectTimeoutMs = 3000;

/**
 * The database of a `postgres:` URL, once its server answers. Version table and lock are
 * golang-migrate's, which the original uses: the one row of `schema_migrations(version, dirty)`,
 * none before the first migration, and an advisory lock, so that neither comes in between the
 * other. The lock of a migrator that dies is free a second later.
 *
 * @throws PermanentError when the server refuses the name, the password or the database, or
 * the URL cannot be read.
 */
export async function openPostgresTarget(
  url: string,
  options: PostgresTargetOptions,
): Promise<MigrationTarget> {
  const { logger, signal = new AbortController().signal } = options;
  assertReadable(url);
  const client = await waitFor("PostgreSQL", () => connect(url), { logger, signal });

  return {
    run: async (choose) => {
      await client.query("BEGIN");
      try {
        await lock(client, logger);
        const step = choose(await readState(client));
        if (step !== undefined) await apply(client, step);
        await client.query("COMMIT");
        return step;
      } catch (error) {
        // A connection that is lost has rolled back by itself.
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    },
    close: () => client.end(),
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: "labwire-migration",
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  });
  // The query under way, or the next one, fails with it too.
  client.on("error", () => {});
  try {
    await client.connect();
    await noticeDeath(client);
    return client;
  } catch (error) {
    await client.end();
    if (!isPassing(error)) throw new PermanentError((error as Error).message, { cause: error });
    throw new Error(postgresReason(error), { cause: error });
  }
}

// Otherwise a migrator that is killed keeps its lock until its statement ends. Servers before 14,
// and those of some systems, do not have it.
async function noticeDeath(client: Client): Promise<void> {
  await client.query("SET client_connection_check_interval = '1s'").catch(() => {});
}

/** Held until the transaction ends. */
async function lock(client: Client, logger: Logger): Promise<void> {
  const names = await client.query("SELECT current_schema() AS schema, current_database() AS name");
  const key = lockKey(names.rows[0].schema, names.rows[0].name);
  const { rows } = await client.query("SELECT pg_try_advisory_xact_lock($1) AS locked", [key]);
  if (rows[0].locked) return;
  logger.warn("Waiting for another migrator");
  await client.query("SELECT pg_advisory_xact_lock($1)", [key]);
}

/**
 * The lock that golang-migrate takes too: `GenerateAdvisoryLockId` in its `database/util.go`, the
 * names as its driver for PostgreSQL gives them.
 */
export function lockKey(schema: string, database: string): number {
  const salt = 1486364155;
  const sum = crc32([schema, "schema_migrations", database].join("\0"));
  return Math.imul(sum, salt) >>> 0;
}

async function readState(client: Client): Promise<SchemaState> {
  await client.query(
    "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)",
  );
  const { rows } = await client.query("SELECT version, dirty FROM schema_migrations");
  return { version: Number(rows[0]?.version ?? 0), dirty: rows[0]?.dirty ?? false };
}

async function apply(client: Client, { file, sql, version }: MigrationStep): Promise<void> {
  try {
    await client.query(sql);
  } catch (cause) {
    const reason = cause instanceof Error ? postgresReason(cause) : String(cause);
    throw new MigrationError(`Cannot run '${file}': ${reason}`, { cause });
  }
  await client.query("DELETE FROM schema_migrations");
  if (version === 0) return;
  await client.query("INSERT INTO schema_migrations (version, dirty) VALUES ($1, false)", [
    version,
  ]);
}
