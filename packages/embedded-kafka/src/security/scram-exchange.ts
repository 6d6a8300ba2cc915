// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { otherAuthorizationId, type SaslExchange, SaslRefusal } from "./sasl-exchange.ts";
import { type ScramCredential, type ScramMechanism, scramHashes, type Users } from "./users.ts";

/** `n,` alone: as on Kafka there is no channel binding, and no client that would have liked one. */
const clientFirst =
  /^(?<header>n,(?:a=(?<authorizationId>[^,]+))?,)(?<bare>n=(?<name>[^,]+),r=(?<nonce>[!-+\--~]+)(?:,[A-Za-z]+=[^,]+)*)$/;
const clientFinal =
  /^(?<unproven>c=(?<binding>[A-Za-z0-9+/=]+),r=(?<nonce>[!-+\--~]+)(?:,[A-Za-z]+=[^,]+)*),p=(?<proof>[A-Za-z0-9+/=]+)$/;

/** What is known between the two messages of a client. */
interface Begun {
  readonly name: string;
  readonly header: string;
  readonly credential: ScramCredential;
  readonly nonce: string;
  /** The client's first message and the answer to it, as proofs cover them. */
  readonly messages: string;
}

/** Options of {@link ScramExchange}. */
export interface ScramExchangeOptions {
  readonly mechanism: ScramMechanism;
  readonly users: Pick<Users, "scram">;
  /** What the server adds to the client's nonce. Default: random. */
  readonly nonce?: string;
}

/** The server's part of SCRAM (RFC 5802, RFC 7677): both sides prove that they know a password. */
export class ScramExchange implements SaslExchange {
  userName: string | undefined;
  readonly #options: ScramExchangeOptions;
  #begun: Begun | undefined;

  constructor(options: ScramExchangeOptions) {
    this.#options = options;
  }

  step(token: Buffer): Buffer {
    const message = token.toString("utf8");
    return Buffer.from(this.#begun ? this.#finish(message, this.#begun) : this.#begin(message));
  }

  #begin(message: string): string {
    const { mechanism, users } = this.#options;
    const { authorizationId, name, nonce, header, bare } = groupsOf(clientFirst, message, "first");
    const userName = decodeName(name);
    const credential = users.scram(mechanism, userName);
    if (!credential) throw new SaslRefusal(`there is no user '${userName}'`);
    if (authorizationId !== undefined && decodeName(authorizationId) !== userName) {
      throw new SaslRefusal(otherAuthorizationId, { isTold: true });
    }
    const whole = `${nonce}${this.#options.nonce ?? randomBytes(18).toString("base64url")}`;
    const salt = credential.salt.toString("base64");
    const answer = `r=${whole},s=${salt},i=${credential.iterations}`;
    this.#begun = {
      name: userName,
      header: header ?? "",
      credential,
      nonce: whole,
      messages: `${bare},${answer}`,
    };
    return answer;
  }

  #finish(message: string, { name, header, credential, nonce, messages }: Begun): string {
    const { unproven, binding, proof = "", ...final } = groupsOf(clientFinal, message, "final");
    if (final.nonce !== nonce) throw new SaslRefusal("the nonce is not the one that was sent");
    if (binding !== Buffer.from(header).toString("base64")) {
      throw new SaslRefusal("the channel binding is not the one of the first message");
    }
    const hash = scramHashes[this.#options.mechanism];
    const covered = `${messages},${unproven}`;
    const signature = createHmac(hash, credential.storedKey).update(covered).digest();
    const given = Buffer.from(proof, "base64");
    const clientKey = Buffer.from(signature.map((byte, at) => byte ^ (given[at] ?? 0)));
    const storedKey = createHash(hash).update(clientKey).digest();
    const isProven = timingSafeEqual(storedKey, credential.storedKey);
    if (!isProven || given.length !== signature.length) {
      throw new SaslRefusal(`the password of user '${name}' is wrong`);
    }
    this.userName = name;
    return `v=${createHmac(hash, credential.serverKey).update(covered).digest("base64")}`;
  }
}

function groupsOf(pattern: RegExp, message: string, which: string) {
  const groups = pattern.exec(message)?.groups;
  if (!groups) throw new SaslRefusal(`the ${which} SCRAM message cannot be read`);
  return groups;
}

/** A comma is written `=2C` in names, and an equals sign `=3D`. */
function decodeName(name = ""): string {
  if (/=(?!2C|3D)/.test(name)) throw new SaslRefusal("the user name has '=' in it");
  return name.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
