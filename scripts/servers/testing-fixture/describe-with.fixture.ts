// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { describeWith, describeWithTools } from "../testing.ts";

// Run by testing.test.ts, in a Vitest of its own.

describeWith(["REDIS_ADDR"], "a cache", ({ REDIS_ADDR }) => {
  test("gets the address", () => {
    expect(REDIS_ADDR).toBe("127.0.0.1:1");
  });
});

describeWith(["REDIS_ADDR", "MONGO_URL"], "a store", () => {
  test("never runs", () => {
    throw new Error("It ran without MONGO_URL");
  });
});

describeWithTools(["grpcurl"], "a call", () => {
  test("never runs", () => {
    throw new Error("It ran without grpcurl");
  });
});
