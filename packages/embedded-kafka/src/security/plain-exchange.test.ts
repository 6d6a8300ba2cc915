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

const wrong = "Authentication failed: Invalid username or password";

test.each([
  ["\0app\0other", wrong, true],
  ["\0App\0sécret", wrong, true],
  ["\0app\0sécret ", wrong, true],
  ["other\0app\0sécret", "authorization id that is different from username", true],
  ["\0\0sécret", "must have a user name and a password", false],
  ["\0app\0", "must have a user name and a password", false],
  ["\0app\0sécret\0", "must have three parts: it has 4", false],
  ["app\0sécret", "must have three parts: it has 2", false],
  ["", "must have three parts: it has 1", false],
])("PlainExchange refuses %j", (token, message, isTold) => {
  const exchange = new PlainExchange(users);
  expect(() => exchange.step(Buffer.from(token))).toThrow(
    expect.objectContaining({ isTold, message: expect.stringContaining(message) }),
  );
  expect(exchange.userName).toBeUndefined();
});
