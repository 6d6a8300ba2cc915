// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { migrateDatabase } from "./database.testing.ts";

/** The URL of a database on the server that goes with the test. */
export async function emptyPostgresDatabase(serverUrl: string): Promise<string> {
  const name = `labwire_test_${randomBytes(6).toString("hex")}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  onTestFinished(() => execute(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
}

/** The same with the schema of comment-migration and no comments. */
export async function migratedPostgresDatabase(serverUrl: string): Promise<string> {
  const url = await emptyPostgresDatabase(serverUrl);
  await migrateDatabase(url);
  return url;
}

/** A connection that ends with the test. */
export async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  // The server, or the database, may go first.
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}
