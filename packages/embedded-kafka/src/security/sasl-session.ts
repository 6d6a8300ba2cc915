// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { SaslMechanism } from "../cluster/listener.ts";
import { type ApiId, apiNameOf } from "../protocol/apis.ts";
import type { ErrorName } from "../protocol/error-codes.ts";
import { MalformedError } from "../protocol/reader.ts";
import { PlainExchange } from "./plain-exchange.ts";
import { type SaslExchange, SaslRefusal } from "./sasl-exchange.ts";
import { ScramExchange } from "./scram-exchange.ts";
import type { Users } from "./users.ts";

/** Options of {@link SaslSession}. */
export interface SaslSessionOptions {
  /** Mechanisms of the listener. */
  readonly mechanisms: readonly SaslMechanism[];
  readonly users: Users;
  readonly clock: Clock;
  /** How long an authentication holds (KIP-368), in milliseconds; 0 for as long as the connection. */
  readonly lifetimeMs: number;
  /** Called when the client has proven who it is for the first time. */
  readonly onAuthenticated: () => void;
}

/** What one request of an authentication comes to. */
export interface SaslResult {
  readonly error: ErrorName;
  /** What the client is told of the error; empty when there is none, as on Kafka. */
  readonly message: string;
  /** Why the connection must close after the answer, if it must; for the log. */
  readonly reason?: string;
  readonly token: Buffer;
  /** How long the authentication holds that has ended with it, in milliseconds; 0 for ever. */
  readonly lifetimeMs: number;
}

const none: SaslResult = { error: "NONE", message: "", token: Buffer.alloc(0), lifetimeMs: 0 };
/** A token of which nobody asks. */
export const refusedStep: SaslResult = {
  ...none,
  error: "ILLEGAL_SASL_STATE",
  message: "SaslAuthenticate request received after successful authentication",
};
/** How soon after one renewal of an authentication another may begin: Kafka has it fixed. */
const minAgainMs = 1000;
/** Kafka's sasl.server.max.receive.size: nobody unknown may have much memory. */
export const maxUnauthenticatedBytes = 524_288;

/**
 * The authentication of one connection (KIP-43, KIP-152, KIP-368). As on Kafka a client may ask
 * ApiVersions once, then shakes hands on a mechanism, then sends its tokens, and before it has
 * proven who it is nothing else.
 */
export class SaslSession {
  readonly #options: SaslSessionOptions;
  #state: "new" | "greeted" | "exchanging" | "authenticated" = "new";
  #mechanism: SaslMechanism | undefined;
  #exchange: SaslExchange | undefined;
  #userName: string | undefined;
  #takesTokens = false;
  /** The handshake was for another mechanism than before: Kafka answers it, but no token then. */
  #hasOtherMechanism = false;
  #expiresAt = Number.POSITIVE_INFINITY;
  #beganAgainAt = Number.NEGATIVE_INFINITY;

  constructor(options: SaslSessionOptions) {
    this.#options = options;
  }

  /** Who the client is, such as `User:app`; undefined before it has proven it. */
  get principal(): string | undefined {
    return this.#userName === undefined ? undefined : `User:${this.#userName}`;
  }

  /** Whether the next frame is a token alone, as after SaslHandshake in version 0. */
  get takesTokens(): boolean {
    return this.#takesTokens && this.#state === "exchanging";
  }

  /** Whether the client is in the middle of sending its tokens. */
  get isExchanging(): boolean {
    return this.#state === "exchanging";
  }

  /** Throws a MalformedError when the client may not ask this now: its connection is closed. */
  admit(id: ApiId): void {
    if (this.#state === "authenticated") {
      if (id === "saslHandshake" || this.#options.clock.now() < this.#expiresAt) return;
      throw new MalformedError("Cannot answer as the client has not authenticated again in time");
    }
    const isAdmitted =
      this.#state === "exchanging" ||
      id === "saslHandshake" ||
      (id === "apiVersions" && this.#state === "new");
    if (!isAdmitted) {
      throw new MalformedError(
        `Cannot answer ${apiNameOf(id)} before the client has authenticated`,
      );
    }
    if (this.#state === "new" && id === "apiVersions") this.#state = "greeted";
  }

  /** Takes a SaslHandshake. */
  begin(mechanism: string, version: number): SaslResult {
    const { mechanisms, lifetimeMs, clock } = this.#options;
    const isAgain = this.#userName !== undefined;
    const now = clock.now();
    if (isAgain && (lifetimeMs === 0 || now - this.#beganAgainAt < minAgainMs)) {
      return { ...none, error: "ILLEGAL_SASL_STATE" };
    }
    const chosen = mechanisms.find((each) => each === mechanism);
    if (!chosen) {
      const reason = `it wants to authenticate by '${mechanism}'`;
      if (isAgain) throw new MalformedError(`Cannot serve the client as ${reason}`);
      return { ...none, error: "UNSUPPORTED_SASL_MECHANISM", reason };
    }
    if (isAgain) this.#beganAgainAt = now;
    this.#hasOtherMechanism = isAgain && chosen !== this.#mechanism;
    if (!this.#hasOtherMechanism) this.#mechanism = chosen;
    this.#exchange = this.#createExchange(chosen);
    this.#takesTokens = version === 0;
    this.#state = "exchanging";
    return none;
  }

  /** Takes a token, with or without SaslAuthenticate around it. */
  step(token: Buffer): SaslResult {
    if (this.#state !== "exchanging" || !this.#exchange) {
      return refusedStep;
    }
    if (this.#hasOtherMechanism) {
      throw new MalformedError(`Cannot authenticate by another mechanism than ${this.#mechanism}`);
    }
    try {
      const answer = this.#exchange.step(token);
      const { userName } = this.#exchange;
      if (userName === undefined) return { ...none, token: answer };
      this.#finish(userName);
      return { ...none, token: answer, lifetimeMs: this.#options.lifetimeMs };
    } catch (error) {
      if (error instanceof SaslRefusal) return this.#refused(error);
      throw error;
    }
  }

  #createExchange(mechanism: SaslMechanism): SaslExchange {
    const { users } = this.#options;
    if (mechanism === "PLAIN") return new PlainExchange(users);
    return new ScramExchange({ mechanism, users });
  }

  #finish(userName: string): void {
    const { lifetimeMs, clock, onAuthenticated } = this.#options;
    const before = this.#userName;
    if (before !== undefined && before !== userName) {
      const change = `from User.${before}: User.${userName}`;
      const message = `Cannot change principals during re-authentication ${change}`;
      throw new SaslRefusal(message, { isTold: true });
    }
    this.#userName = userName;
    this.#state = "authenticated";
    if (lifetimeMs > 0) this.#expiresAt = clock.now() + lifetimeMs;
    if (before === undefined) onAuthenticated();
  }

  #refused({ message, isTold }: SaslRefusal): SaslResult {
    const during = this.#userName === undefined ? "authentication" : "re-authentication";
    // Which of the credentials is wrong is for the log alone.
    const told = `Authentication failed during ${during} due to invalid credentials with SASL mechanism ${this.#mechanism}`;
    return {
      ...none,
      error: "SASL_AUTHENTICATION_FAILED",
      message: isTold ? message : told,
      reason: `it failed to authenticate: ${message}`,
    };
  }
}
