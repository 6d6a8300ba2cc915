// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong:
 * - `config`: an option has a value that cannot be used;
 * - `address_in_use`: another process listens on that host and port;
 * - `listen`: that host and port cannot be listened on, for another reason;
 * - `data_locked`: another broker uses the data directory;
 * - `closed`: the broker is closed;
 * - `storage`: the data directory cannot be read or written, or is not one of ours.
 */
export type EmbeddedKafkaErrorCode =
  | "config"
  | "address_in_use"
  | "listen"
  | "data_locked"
  | "closed"
  | "storage";

/** Options of {@link EmbeddedKafkaError}. */
export interface EmbeddedKafkaErrorOptions {
  /** What went wrong. */
  code: EmbeddedKafkaErrorCode;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/** The one error that this package throws. What a Kafka client does wrong is answered to it. */
export class EmbeddedKafkaError extends Error {
  override readonly name = "EmbeddedKafkaError";
  /** What went wrong. */
  readonly code: EmbeddedKafkaErrorCode;

  constructor(message: string, { code, cause }: EmbeddedKafkaErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
