// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { readBatchHeader } from "../log/record-batch.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { seededRandom } from "../protocol/random-message.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { fetchOf } from "./records.testing.ts";

const names = ["a", "b"];
const partitions = 3;
const topics = names.map((name) => ({ name, partitions }));
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Reads partitions that come and go in one session, in which it says only what has changed. */
class Reader {
  readonly #client: RawClient;
  readonly #ids: Map<string, Buffer>;
  readonly #version: number;
  /** By topic and partition: the next offset, kept while it is not read. */
  readonly positions = new Map<string, number>();
  readonly subscribed = new Set<string>();
  /** What the session has. */
  #told = new Map<string, number>();
  #sessionId = 0;
  #epoch = 0;

  constructor(client: RawClient, ids: Map<string, Buffer>, version: number) {
    this.#client = client;
    this.#ids = ids;
    this.#version = version;
  }

  /** Fetches once. Returns how many records came. */
  async fetch(maxBytes: number): Promise<number> {
    const changed = [...this.subscribed].filter((key) => {
      return this.#told.get(key) !== this.#position(key);
    });
    const forgotten = [...this.#told.keys()].filter((key) => !this.subscribed.has(key));
    const answer = await this.#client.call("fetch", this.#version, {
      ...fetchOf({ maxBytes, sessionId: this.#sessionId, sessionEpoch: this.#epoch }),
      topics: changed.map((key) => ({
        ...this.#topicOf(key),
        partitions: [
          { index: indexOf(key), fetchOffset: BigInt(this.#position(key)), maxBytes: 1_000 },
        ],
      })),
      forgottenTopics: forgotten.map((key) => ({
        ...this.#topicOf(key),
        partitions: [indexOf(key)],
      })),
    });
    expect(answer.errorCode).toBe(errorCodes.NONE);
    this.#sessionId = answer.sessionId;
    this.#epoch++;
    this.#told = new Map([...this.subscribed].map((key) => [key, this.#position(key)]));
    const before = this.#total();
    for (const { name, topicId, partitions } of answer.topics) {
      for (const { index, errorCode, records } of partitions) {
        expect(errorCode).toBe(errorCodes.NONE);
        this.#read(`${name || this.#nameOf(topicId)}-${index}`, records ?? Buffer.alloc(0));
      }
    }
    return this.#total() - before;
  }

  #read(key: string, records: Buffer): void {
    for (let at = 0; at < records.length; ) {
      const { baseOffset, lastOffset, sizeBytes } = readBatchHeader(records, at);
      expect([this.subscribed.has(key), baseOffset]).toEqual([true, this.#position(key)]);
      this.positions.set(key, lastOffset + 1);
      at += sizeBytes;
    }
  }

  #topicOf(key: string) {
    const [name = ""] = key.split("-");
    return { name, topicId: this.#ids.get(name) ?? Buffer.alloc(16) };
  }

  #nameOf(topicId: Buffer): string {
    return names.find((name) => this.#ids.get(name)?.equals(topicId)) ?? "";
  }

  #position(key: string): number {
    return this.positions.get(key) ?? 0;
  }

  #total(): number {
    return [...this.positions.values()].reduce((sum, position) => sum + position, 0);
  }
}

const indexOf = (key: string) => Number(key.split("-")[1]);

test.each([7, 12, 13, 18].flatMap((version) => [1, 2, 3].map((seed) => [version, seed] as const)))(
  "Fetch %i in a session gives every record once and in order, whatever is read when (%i)",
  async (version, seed) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
    const keys = names.flatMap((name) =>
      Array.from({ length: partitions }, (_, at) => `${name}-${at}`),
    );
    await using broker = await startBroker({ logger: silent, topics });
    await using client = await RawClient.connect(broker);
    const described = (await client.call("metadata", 12, { topics: null })).topics;
    const ids = new Map(described.map(({ name, topicId }) => [name ?? "", Buffer.from(topicId)]));
    const reader = new Reader(client, ids, version);
    const ends = new Map<string, number>();
    for (let step = 0; step < 200; step++) {
      const key = pick(keys);
      const choice = random();
      if (choice < 0.4) {
        const values = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, at) => `${at}`);
        const [name = ""] = key.split("-");
        const batch = { index: indexOf(key), records: createBatch({ values }) };
        const wanted = [{ name, partitions: [batch] }];
        await client.call("produce", 9, { acks: -1, timeoutMs: 1000, topics: wanted });
        ends.set(key, (ends.get(key) ?? 0) + values.length);
      } else if (choice < 0.55) {
        if (!reader.subscribed.delete(key)) reader.subscribed.add(key);
      } else {
        await reader.fetch(pick([1, 200, 100_000]));
      }
    }
    for (const key of keys) reader.subscribed.add(key);
    while ((await reader.fetch(pick([1, 100_000]))) > 0);
    expect([...reader.positions].sort()).toEqual([...ends].sort());
  },
);
