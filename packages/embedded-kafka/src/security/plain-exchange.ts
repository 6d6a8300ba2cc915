// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { otherAuthorizationId, type SaslExchange, SaslRefusal } from "./sasl-exchange.ts";
import type { Users } from "./users.ts";

/** The server's part of PLAIN (RFC 4616): the client sends its password. */
export class PlainExchange implements SaslExchange {
  userName: string | undefined;
  readonly #users: Users;

  constructor(users: Users) {
    this.#users = users;
  }

  step(token: Buffer): Buffer {
    const parts = token.toString("utf8").split("\0");
    const [authorizationId = "", name = "", password = ""] = parts;
    const refuse = (message: string) => {
      throw new SaslRefusal(message, { isTold: true });
    };
    if (parts.length !== 3) {
      refuse(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`);
    }
    if (name === "") refuse("Authentication failed: username not specified");
    if (password === "") refuse("Authentication failed: password not specified");
    if (!this.#users.hasPassword(name, password)) {
      refuse("Authentication failed: Invalid username or password");
    }
    if (authorizationId !== "" && authorizationId !== name) refuse(otherAuthorizationId);
    this.userName = name;
    return Buffer.alloc(0);
  }
}
