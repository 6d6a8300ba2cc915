// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createLogger, silentLogger } from "./logger.ts";
import { PermanentError, waitFor } from "./wait-for.ts";

const never = new AbortController().signal;

test("waitFor() tries until it works, and says for what it waits", async () => {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => void lines.push(line.slice(25)) });
  let failures = 2;
  const attempt = () => {
    if (failures-- > 0) throw new Error("refused");
    return "here";
  };

  const answer = await waitFor("the store", attempt, { logger, signal: never, initialMs: 1 });

  expect({ answer, lines }).toEqual({
    answer: "here",
    lines: [
      "warn  Waiting for the store error=refused retryMs=1\n",
      "warn  Waiting for the store error=refused retryMs=2\n",
    ],
  });
});

test("waitFor() does not wait for what no waiting mends", async () => {
  const attempt = () => {
    throw new PermanentError("Cannot open database 'x': file is not a database");
  };

  await expect(
    waitFor("the store", attempt, { logger: silentLogger, signal: never }),
  ).rejects.toThrow("Cannot open database 'x'");
});

test("waitFor() ends when it is asked to", async () => {
  const stop = new AbortController();
  const attempt = () => {
    stop.abort();
    throw new Error("refused");
  };

  await expect(
    waitFor("the store", attempt, { logger: silentLogger, signal: stop.signal }),
  ).rejects.toThrow("aborted");
});
