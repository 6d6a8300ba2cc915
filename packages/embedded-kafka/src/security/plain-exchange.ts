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
    if (parts.length !== 3) {
      throw new SaslRefusal(`a PLAIN token must have three parts: it has ${parts.length}`);
    }
    if (name === "" || password === "") {
      throw new SaslRefusal("a PLAIN token must have a user name and a password");
    }
    if (!this.#users.hasPassword(name, password)) {
      throw new SaslRefusal("Authentication failed: Invalid username or password", {
        isTold: true,
      });
    }
    if (authorizationId !== "" && authorizationId !== name) {
      throw new SaslRefusal(otherAuthorizationId, { isTold: true });
    }
    this.userName = name;
    return Buffer.alloc(0);
  }
}
