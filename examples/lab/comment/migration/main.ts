// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ConfigError, readConfig } from "../../kit/config.ts";
import { createLogger } from "../../kit/logger.ts";
import { exitOnConfigError } from "../../kit/run-process.ts";
import { withoutPassword } from "../../kit/without-password.ts";
import { commentMigrationVariables } from "../config.ts";
import { directions, migrate } from "./migrate.ts";
import { readMigrations } from "./read-migrations.ts";
import { migrationFolder, openMigrationTarget } from "./target.open.ts";
import { MigrationError } from "./target.ts";

const { direction, config } = exitOnConfigError(() => readArguments(process.argv.slice(2)));
const logger = createLogger({ level: config.LOGGER_LEVEL });
const source = config.MIGRATION_SOURCE.replace(/^file:(\/\/)?/, "");

// Not a service: it ends by itself, and a signal may end it at any time, since what it has not
// committed is rolled back. So may the end of a parent that holds its IPC channel, which without
// unref() would keep it from its own.
process.once("disconnect", () => process.exit(1));
process.channel?.unref();
try {
  const migrations = await readMigrations(source || migrationFolder(config.MIGRATION_URL));
  const target = await openMigrationTarget(config.MIGRATION_URL, { logger });
  try {
    await migrate(target, migrations, direction, ({ file, version }) => {
      logger.info(direction === "up" ? "Migration applied" : "Migration rolled back", {
        file,
        version,
      });
    });
  } finally {
    // A connection would keep the process from its end.
    await target.close();
  }
  logger.info("Schema is as wanted", { direction });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const known = error instanceof MigrationError;
  const url = withoutPassword(config.MIGRATION_URL);
  logger.error(known ? reason : `Cannot migrate '${url}': ${reason}`);
  process.exitCode = 1;
}

function readArguments(argv: readonly string[]) {
  const [first = "up", ...others] = argv;
  const [command, flags] = first.startsWith("--") ? ["up", argv] : [first, others];
  const direction = directions.find((candidate) => candidate === command);
  if (direction === undefined) {
    throw new ConfigError(`Unknown command '${withoutPassword(command)}': must be up or down`);
  }
  const source = { env: process.env, argv: flags };
  return { direction, config: readConfig(commentMigrationVariables, source) };
}
