// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { PoolConfig } from "pg";
import { Client, DatabaseError } from "pg";
import { PermanentError } from "./wait-for.ts";
import { withoutPassword } from "./without-password.ts";

export interface PostgresOptions {
  /**
   * How long a call waits for a connection, also while all are in use. Default 3000, in
   * milliseconds: a server that is there answers within a few.
   */
  connectTimeoutMs?: number;
  /**
   * How long a statement may take. Default 5000, in milliseconds: those here take a few, so that
   * one which takes longer waits for a lock or for an overloaded server.
   */
  statementTimeoutMs?: number;
  /** Connections of this process at most. Default 10: a server has 100 for all of its clients. */
  maxConnections?: number;
}

// The client gives up later than the server, which says why.
const answerTimeoutMs = 1000;

// SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) of what may be over
// later: connection, rollback by a deadlock, no memory, disk or connection left, a server that
// stops, starts or has cancelled the statement, input and output; a lock; a standby.
const passingStates = ["08", "40", "53", "57", "58", "55P03", "25006"];

// The server turns the client away: its name or password is wrong, or there is no such database.
const refusals = ["28", "3D000"];

/**
 * Settings for the driver; parameters of the URL, such as `?sslmode=disable`, win over them.
 *
 * @throws PermanentError when the URL cannot be read.
 */
export function postgresConfig(url: string, options: PostgresOptions = {}): PoolConfig {
  const { connectTimeoutMs = 3000, statementTimeoutMs = 5000, maxConnections = 10 } = options;
  assertReadable(url);
  return {
    connectionString: url,
    application_name: "labwire",
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // A server that hangs does not keep its own timeouts.
    query_timeout: statementTimeoutMs + answerTimeoutMs,
    keepAlive: true,
    max: maxConnections,
  };
}

/** @throws PermanentError when the URL, or a certificate that it names, cannot be read. */
export function assertReadable(url: string): void {
  try {
    new Client(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot read the address '${withoutPassword(url)}': ${reason}`;
    throw new PermanentError(message, { cause });
  }
}

/** True when the server, or the way to it, is not there now, and may be later. */
export function isPassing(error: unknown): error is Error {
  if (error instanceof DatabaseError) return hasState(error, passingStates);
  // All other errors of the driver are those of a connection; these are of a program.
  return error instanceof Error && !(error instanceof TypeError);
}

/** True when the server is there, and has no use for this client as it is configured. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof DatabaseError && hasState(error, refusals);
}

/** True when the statement names a table that the database does not have. */
export function isMissingTable(error: unknown): error is Error {
  return error instanceof DatabaseError && hasState(error, ["42P01"]);
}

/** Why it failed, in one line that is never empty. */
export function postgresReason(error: Error): string {
  // A name with several addresses fails with one error for each, and no message of its own.
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each: Error) => each.message).join("; ");
}

function hasState({ code = "" }: DatabaseError, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => code.startsWith(prefix));
}
