// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { PlainExchange } from "./plain-exchange.ts";
import { Users } from "./users.ts";

const users = new Users([{ name: "app", password: "sécret" }]);

test.each(["\0app\0sécret", "app\0app\0sécret"])("PlainExchange takes %j", (token) => {
  const exchange = new PlainExchange(users);
  expect(exchange.step(Buffer.from(token))).toEqual(Buffer.alloc(0));
  expect(exchange.userName).toBe("app");
});

// As Apache Kafka 4.3.1 says it.
const wrong = "Authentication failed: Invalid username or password";

test.each([
  ["\0app\0other", wrong],
  ["\0App\0sécret", wrong],
  ["\0app\0sécret ", wrong],
  ["other\0app\0sécret", "authorization id that is different from username"],
  ["\0\0sécret", "Authentication failed: username not specified"],
  ["\0app\0", "Authentication failed: password not specified"],
  ["\0app\0sécret\0", "Invalid SASL/PLAIN response: expected 3 tokens, got 4"],
  ["app\0sécret", "Invalid SASL/PLAIN response: expected 3 tokens, got 2"],
  ["", "Invalid SASL/PLAIN response: expected 3 tokens, got 1"],
])("PlainExchange refuses %j", (token, message) => {
  const exchange = new PlainExchange(users);
  expect(() => exchange.step(Buffer.from(token))).toThrow(
    expect.objectContaining({ isTold: true, message: expect.stringContaining(message) }),
  );
  expect(exchange.userName).toBeUndefined();
});
