// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import type { Logger } from "../../kit/logger.ts";
import { isPostgresUrl } from "../../kit/postgres-url.ts";
import type { MigrationTarget } from "./target.ts";

/** The database of a URL: the scheme chooses the adapter, which waits for its server. */
export async function openMigrationTarget(
  url: string,
  options: { readonly logger: Logger },
): Promise<MigrationTarget> {
  if (isPostgresUrl(url)) {
    const { openPostgresTarget } = await import("./target.postgres.ts");
    return openPostgresTarget(url, options);
  }
  const { openSqliteTarget } = await import("./target.sqlite.ts");
  return openSqliteTarget(url, options);
}

/** Where the SQL for the database of a URL is, when no other folder is named. */
export function migrationFolder(url: string): string {
  // Each spelt out: the bundler of the image finds files by these very words.
  const folder = isPostgresUrl(url)
    ? new URL("./postgres/", import.meta.url)
    : new URL("./sqlite/", import.meta.url);
  return fileURLToPath(folder);
}
