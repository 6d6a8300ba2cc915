// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as wait } from "node:timers/promises";
import { RawClient } from "../../src/raw-client.testing.ts";
import type { BenchBroker } from "./bench-broker.ts";

const deadlineMs = 60_000;
/** Of ListOffsets: the end. */
const latest = -1n;

/** Waits until all partitions of a topic have a leader that tells where they end. */
export async function findEnds(
  { port }: BenchBroker,
  name: string,
  partitions: number,
): Promise<number[]> {
  const indexes = Array.from({ length: partitions }, (_, index) => ({ index, timestamp: latest }));
  const request = { replicaId: -1, topics: [{ name, partitions: indexes }] };
  const started = performance.now();
  for (;;) {
    await using client = await RawClient.connect({ host: "127.0.0.1", port });
    const { topics } = await client.call("listOffsets", 6, request);
    const found = topics[0]?.partitions ?? [];
    const isThere = found.every(({ errorCode }) => errorCode === 0);
    if (isThere && found.length === partitions) return found.map(({ offset }) => Number(offset));
    if (performance.now() - started > deadlineMs) {
      const codes = found.map(({ errorCode }) => errorCode);
      throw new Error(`Cannot find the ends of topic '${name}': error codes ${codes}`);
    }
    await wait(5);
  }
}
