// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { silentLogger } from "../kit/logger.ts";
import { migrate } from "./migration/migrate.ts";
import { readMigrations } from "./migration/read-migrations.ts";
import { migrationFolder, openMigrationTarget } from "./migration/target.open.ts";

/** The URL of a file that is not there yet, in a folder that goes with the test. */
export async function emptyDatabase(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "labwire-comment-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return `sqlite:${join(folder, "comments.db")}`;
}

/** The URL of a database with the schema of comment-migration and no comments. */
export async function migratedDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await migrateDatabase(url);
  return url;
}

/** Does what comment-migration does. */
export async function migrateDatabase(url: string, direction: "up" | "down" = "up"): Promise<void> {
  const target = await openMigrationTarget(url, { logger: silentLogger });
  await migrate(target, await readMigrations(migrationFolder(url)), direction);
  await target.close();
}

/** A clock that stands still until it is told. */
export function testClock() {
  let time = Date.UTC(2026, 0, 1);
  return {
    now: () => new Date(time),
    tick: async () => {
      time += 1;
    },
  };
}
