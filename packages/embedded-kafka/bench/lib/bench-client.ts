// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { BenchBroker } from "./bench-broker.ts";

/** What a round of messages is. */
export interface Load {
  readonly topic: string;
  readonly count: number;
  readonly value: Buffer;
  /** Messages of one request, which are one batch. */
  readonly batchSize: number;
}

/** Sends single messages and receives them, until it is closed. */
export interface Echo {
  send(value: Buffer): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A client library. Both sides of a comparison have the same code here. */
export interface BenchClient {
  readonly name: string;
  /** Messages a second, with five requests at a time, acknowledged by all replicas. */
  produce(broker: BenchBroker, load: Load): Promise<number>;
  /** Messages a second from when a group of one has its partition to the last message. */
  consume(broker: BenchBroker, topic: string, count: number): Promise<number>;
  /** Resolves when messages that are sent arrive. */
  echo(broker: BenchBroker, topic: string, receive: (value: Buffer) => void): Promise<Echo>;
}

/** Requests of a producer that wait for an answer at once: what Kafka's own producer has. */
const inFlight = 5;

/** Sends a load, so many requests at a time; messages a second. */
export async function timeSends(
  { count, batchSize }: Load,
  send: () => Promise<unknown>,
): Promise<number> {
  let left = count / batchSize;
  const sender = async () => {
    while (left-- > 0) await send();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, sender));
  return count / ((performance.now() - started) / 1000);
}

/** Counts messages that arrive after a consumer has begun. */
export function countArrivals(count: number) {
  const { promise: rate, resolve } = Promise.withResolvers<number>();
  let received = 0;
  let startedMs = 0;
  return {
    /** Messages a second. */
    rate,
    begin(): void {
      startedMs = performance.now();
    },
    arrive(messages: number): void {
      received += messages;
      if (received >= count) resolve(received / ((performance.now() - startedMs) / 1000));
    },
  };
}
