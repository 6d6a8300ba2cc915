// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Migration } from "./read-migrations.ts";
import type { MigrationStep, MigrationTarget, SchemaState } from "./target.ts";
import { MigrationError } from "./target.ts";

export const directions = ["up", "down"] as const;
export type Direction = (typeof directions)[number];

/**
 * Applies every migration that the database does not have yet, oldest first (`up`), or rolls back
 * every one it has, newest first (`down`). Each is a transaction of its own, so that one that fails
 * leaves those before it in place, and a repetition goes on from there.
 *
 * @throws MigrationError, also when the database is dirty or at a version that no file has.
 */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly Migration[],
  direction: Direction,
  onStep: (step: MigrationStep) => void = () => {},
): Promise<void> {
  const next = direction === "up" ? nextUp : nextDown;
  for (;;) {
    const step = await target.run((state) => {
      assertKnown(migrations, state);
      return next(migrations, state);
    });
    if (step === undefined) return;
    onStep(step);
  }
}

function assertKnown(migrations: readonly Migration[], { version, dirty }: SchemaState): void {
  if (dirty) {
    throw new MigrationError(
      `Cannot migrate: version ${version} is dirty in schema_migrations, so it broke off half done and must be repaired by hand`,
    );
  }
  if (version !== 0 && !migrations.some((migration) => migration.version === version)) {
    throw new MigrationError(
      `Cannot migrate: the database is at version ${version}, which none of the files here has`,
    );
  }
}

function nextUp(migrations: readonly Migration[], state: SchemaState): MigrationStep | undefined {
  const next = migrations.find(({ version }) => version > state.version);
  return next && { file: next.up.name, sql: next.up.sql, version: next.version };
}

function nextDown(migrations: readonly Migration[], state: SchemaState): MigrationStep | undefined {
  const index = migrations.findIndex(({ version }) => version === state.version);
  const current = migrations[index];
  if (current === undefined) return undefined;
  if (current.down === undefined) {
    throw new MigrationError(`Cannot roll back '${current.up.name}': it has no down file`);
  }
  const version = migrations[index - 1]?.version ?? 0;
  return { file: current.down.name, sql: current.down.sql, version };
}
