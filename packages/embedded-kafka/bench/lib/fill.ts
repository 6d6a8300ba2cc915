// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createBatch } from "../../src/log/record-batch.testing.ts";
import { RawClient } from "../../src/raw-client.testing.ts";
import type { BenchBroker } from "./bench-broker.ts";

/** What is written. */
export interface Fill {
  readonly topic: string;
  /** Of the topic: each gets the same. */
  readonly partitions: number;
  /** Of all partitions together. */
  readonly messages: number;
  readonly valueBytes: number;
  readonly batchSize: number;
}

/** So many requests wait for their answer at once. */
const inFlight = 20;
/** The newest version that both have in which topics have names. */
const produceVersion = 12;

/** Writes messages as fast as the broker takes them: a client library would take minutes. */
export async function fill({ port }: BenchBroker, what: Fill): Promise<void> {
  const { topic, partitions, messages, valueBytes, batchSize } = what;
  await using client = await RawClient.connect({ host: "127.0.0.1", port });
  const values = Array.from({ length: batchSize }, () => "x".repeat(valueBytes));
  const records = createBatch({ values, timestamp: Date.now() });
  const request = {
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topics: [
      {
        name: topic,
        partitions: Array.from({ length: partitions }, (_, index) => ({ index, records })),
      },
    ],
  };
  let left = messages / batchSize / partitions;
  const sender = async () => {
    while (left-- > 0) {
      const { topics } = await client.call("produce", produceVersion, request);
      const refused = topics[0]?.partitions.find(({ errorCode }) => errorCode !== 0);
      if (refused) throw new Error(`Cannot fill '${topic}': error code ${refused.errorCode}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
}
