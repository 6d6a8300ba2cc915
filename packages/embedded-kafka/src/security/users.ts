// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import type { UserOptions } from "../broker-options.ts";
import { type SaslMechanism, saslMechanisms } from "../cluster/listener.ts";

/** Mechanisms that prove a password without sending it (RFC 5802, RFC 7677). */
export type ScramMechanism = Exclude<SaslMechanism, "PLAIN">;

/** What a server knows of a password for SCRAM (RFC 5802, section 3). */
export interface ScramCredential {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Hash functions as node:crypto names them. */
export const scramHashes: Readonly<Record<ScramMechanism, "sha256" | "sha512">> = {
  "SCRAM-SHA-256": "sha256",
  "SCRAM-SHA-512": "sha512",
};

/** The least that Kafka and RFC 7677 allow: it is for tests, and each costs time. */
const iterations = 4096;

/** Who may authenticate, with passwords. */
export class Users {
  readonly #passwords: Readonly<Record<SaslMechanism, ReadonlyMap<string, string>>>;
  /** By mechanism and name. */
  readonly #credentials = new Map<string, ScramCredential>();

  constructor(users: readonly UserOptions[]) {
    const passwordsFor = (mechanism: SaslMechanism) =>
      new Map(
        users
          .filter(({ mechanisms = saslMechanisms }) => mechanisms.includes(mechanism))
          .map(({ name, password }) => [name, password]),
      );
    this.#passwords = {
      PLAIN: passwordsFor("PLAIN"),
      "SCRAM-SHA-256": passwordsFor("SCRAM-SHA-256"),
      "SCRAM-SHA-512": passwordsFor("SCRAM-SHA-512"),
    };
  }

  /** Who may authenticate by the mechanism. */
  names(mechanism: SaslMechanism): string[] {
    return [...this.#passwords[mechanism].keys()];
  }

  /** Whether there is such a user with such a password for PLAIN; it takes as long when there is not. */
  hasPassword(name: string, password: string): boolean {
    const known = this.#passwords.PLAIN.get(name);
    const isEqual = timingSafeEqual(digest(known ?? ""), digest(password));
    return isEqual && known !== undefined;
  }

  /** What is known of the user for SCRAM, worked out at the first call since it takes milliseconds. */
  scram(mechanism: ScramMechanism, name: string): ScramCredential | undefined {
    const password = this.#passwords[mechanism].get(name);
    if (password === undefined) return undefined;
    const key = `${mechanism} ${name}`;
    const credential =
      this.#credentials.get(key) ??
      createScramCredential(mechanism, password, randomBytes(16), iterations);
    this.#credentials.set(key, credential);
    return credential;
  }
}

/** Works out what a server keeps of a password. As on Kafka the password is not normalized. */
export function createScramCredential(
  mechanism: ScramMechanism,
  password: string,
  salt: Buffer,
  iterations: number,
): ScramCredential {
  const hash = scramHashes[mechanism];
  const length = createHash(hash).digest().length;
  const salted = pbkdf2Sync(password, salt, iterations, length, hash);
  const clientKey = createHmac(hash, salted).update("Client Key").digest();
  return {
    salt,
    iterations,
    storedKey: createHash(hash).update(clientKey).digest(),
    serverKey: createHmac(hash, salted).update("Server Key").digest(),
  };
}

/** Hashed, so that both sides of a comparison have one length. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
