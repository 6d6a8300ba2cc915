// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The server's part of one authentication by one mechanism. */
export interface SaslExchange {
  /** Name of the user who has proven who it is; undefined until then. */
  readonly userName: string | undefined;
  /**
   * Takes the client's next token. Returns the answer to it, of no bytes where there is none.
   *
   * @throws {SaslRefusal} when the client has not proven who it is
   */
  step(token: Buffer): Buffer;
}

/** An authentication has failed. */
export class SaslRefusal extends Error {
  override readonly name = "SaslRefusal";
  /** Whether the client is told the message; else only that its credentials are invalid. */
  readonly isTold: boolean;

  constructor(message: string, { isTold = false } = {}) {
    super(message);
    this.isTold = isTold;
  }
}

/** As Kafka says it for every mechanism. */
export const otherAuthorizationId =
  "Authentication failed: Client requested an authorization id that is different from username";
