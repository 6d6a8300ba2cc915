// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { isPostgresUrl, withoutPassword } from "./postgres-url.ts";

test.each([
  ["postgres://localhost/x", true],
  ["postgresql://localhost/x", true],
  ["sqlite:postgres.db", false],
])("isPostgresUrl() of '%s' is %s", (url, expected) => {
  expect(isPostgresUrl(url)).toBe(expected);
});

test.each([
  ["postgres://user:secret@host:5432/x", "postgres://user:***@host:5432/x"],
  ["postgres://user:s@cr:t@host/x?a=b@c", "postgres://user:***@host/x?a=b@c"],
  ["postgres://:secret@host/x", "postgres://:***@host/x"],
  ["postgres://host/x?user=a&password=secret&b=c", "postgres://host/x?user=a&password=***&b=c"],
  ["postgres://user@host:5432/x?sslmode=disable", "postgres://user@host:5432/x?sslmode=disable"],
  ["mongodb+srv://user:secret@host/?w=1", "mongodb+srv://user:***@host/?w=1"],
  ["sqlite:/data/comments.db", "sqlite:/data/comments.db"],
])("withoutPassword() shows '%s' as '%s'", (url, shown) => {
  expect(withoutPassword(url)).toBe(shown);
});
