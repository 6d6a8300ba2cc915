// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Journal } from "./storage.ts";

/** As many producer ids are set aside with one write, as on Kafka (KIP-730). */
const blockSize = 1000;
const key = "next";

/**
 * Returns what gives a number that was never given before. A restart leaves out the rest of the
 * numbers that were set aside. The journal is asked for at the first of them.
 */
export function createProducerIds(open: () => Journal): () => number {
  let next = 0;
  let end = 0;
  return () => {
    if (next === end) {
      const journal = open();
      const start = end === 0 ? Number(journal.entries.get(key) ?? 0) : end;
      journal.save(new Map([[key, start + blockSize]]));
      next = start;
      end = start + blockSize;
    }
    return next++;
  };
}
