// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { withoutPassword } from "./without-password.ts";

test.each([
  ["postgres://user:secret@host:5432/x", "postgres://user:***@host:5432/x"],
  ["postgres://user:s@cr:t@host/x", "postgres://user:***@host/x"],
  ["postgres://user:sec/ret?#@host/x", "postgres://user:***@host/x"],
  ["postgres://user:sec ret@host/x", "postgres://user:***@host/x"],
  ["postgres://:secret@host/x", "postgres://:***@host/x"],
  ["postgres://host/x?user=a&password=secret&b=c", "postgres://host/x?user=a&password=***&b=c"],
  ["postgres://user@host:5432/x?sslmode=disable", "postgres://user@host:5432/x?sslmode=disable"],
  ["mongodb+srv://user:secret@a,b/x", "mongodb+srv://user:***@a,b/x"],
  ["postgres//user:secret@host/x", "postgres:***@host/x"],
  ["user:secret@host", "user:***@host"],
  ["sqlite:/data/comments.db", "sqlite:/data/comments.db"],
  ["127.0.0.1:8081", "127.0.0.1:8081"],
])("withoutPassword() shows '%s' as '%s'", (address, shown) => {
  expect(withoutPassword(address)).toBe(shown);
});
