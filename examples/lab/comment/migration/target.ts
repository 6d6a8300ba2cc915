// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What the version table says of a database. */
export interface SchemaState {
  /** Of the last migration that was applied; 0 for none. */
  readonly version: number;
  /** Somebody's migration broke off half done. */
  readonly dirty: boolean;
}

/** One file of SQL, and the version that the database has after it. */
export interface MigrationStep {
  readonly file: string;
  readonly sql: string;
  readonly version: number;
}

/** A database whose schema has a version. */
export interface MigrationTarget {
  /**
   * Shows the state to `choose` and runs the step that it answers, if any, together with the new
   * version, as one transaction. No other migrator can be in one meanwhile: a second one waits.
   *
   * @throws MigrationError when the step's SQL fails; the database is then as it was before.
   */
  run(
    choose: (state: SchemaState) => MigrationStep | undefined,
  ): Promise<MigrationStep | undefined>;
  close(): Promise<void>;
}

/** The schema cannot be brought where it was wanted. The message is one line that says why. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}
