// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { KafkakitError, PoisonError, RetryableError, SkipError } from "./kafkakit-error.ts";

test("KafkakitError.from() returns a KafkakitError as it is", () => {
  const error = new PoisonError("bad");
  expect(KafkakitError.from(error)).toBe(error);
});

test("KafkakitError.from() never throws, whatever was thrown", () => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("no");
      },
    },
  );
  const reasons = [new TypeError("bad"), "text", undefined, Symbol("s"), hostile];
  const reports = [...reasons, Object.create(null)].map((reason) => {
    const { code, retryable, message } = KafkakitError.from(reason);
    return `${code} ${retryable} ${message}`;
  });
  expect(reports).toEqual([
    "unknown false bad",
    "unknown false text",
    "unknown false undefined",
    "unknown false Symbol(s)",
    "unknown false Unprintable value was thrown",
    "unknown false Unprintable value was thrown",
  ]);
});

test("handlers' errors are KafkakitErrors with a name, a code and a cause", () => {
  const cause = new Error("why");
  const errors = [
    new RetryableError("r", { delayMs: 5, cause }),
    new PoisonError("p", { cause }),
    new SkipError("s", { cause }),
  ];
  expect(errors.map(({ name, code, retryable }) => `${name} ${code} ${retryable}`)).toEqual([
    "RetryableError retryable true",
    "PoisonError poison false",
    "SkipError skip false",
  ]);
  expect(errors.every((error) => error instanceof KafkakitError && error.cause === cause)).toBe(
    true,
  );
});
