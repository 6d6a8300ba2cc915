// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

test("info() writes one line that a person can read, whatever its fields hold", () => {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line), now: () => new Date(0) });

  logger.info("Broken\n  line", {
    word: "a",
    words: 'a "b"',
    error: new Error("no\nway"),
    list: [{ topic: "video", partition: 0 }],
  });

  expect(lines).toEqual([
    "1970-01-01T00:00:00.000Z info  Broken line" +
      String.raw` word=a words="a \"b\"" error="no\nway" list=[{"topic":"video","partition":0}]` +
      "\n",
  ]);
});
