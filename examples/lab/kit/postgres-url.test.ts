// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { isPostgresUrl } from "./postgres-url.ts";

test.each([
  ["postgres://localhost/x", true],
  ["postgresql://localhost/x", true],
  ["sqlite:postgres.db", false],
])("isPostgresUrl() of '%s' is %s", (url, expected) => {
  expect(isPostgresUrl(url)).toBe(expected);
});
