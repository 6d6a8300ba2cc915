// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { readCommitted } from "../read-committed.testing.ts";
import { type Broker, startBroker } from "../start-broker.ts";
import { TransactionalProducer } from "../transactional-producer.testing.ts";

const topic = "orders";
const partitions = [0, 1];
const timeoutMs = 10_000;
const stepCount = 150;

/** What became of a transaction, or of a record that is of none. */
interface Outcome {
  state: "open" | "committed" | "aborted";
}

/** A record as the model knows it. */
interface Written {
  readonly offset: number;
  readonly value: string;
  readonly outcome: Outcome;
}

/** A transactional id as the model knows it: who has it, and who had it before. */
interface Owner {
  readonly bumpsEpoch: boolean;
  readonly id: string;
  producer: TransactionalProducer | undefined;
  zombie: TransactionalProducer | undefined;
  outcome: Outcome | undefined;
}

/** Random numbers from a seed (mulberry32), so that a failure can be repeated. */
function createRandom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A broker with a data directory, its model, and what may happen to both. */
class Run {
  readonly #random: (below: number) => number;
  readonly #dataDir = mkdtempSync(join(tmpdir(), "read-committed-"));
  readonly #clock = new ManualClock();
  readonly #written: Written[][] = partitions.map(() => []);
  readonly #owners: Owner[] = ["a", "b", "c", "d"].map((id, at) => {
    const nobody = { producer: undefined, zombie: undefined, outcome: undefined };
    return { id, bumpsEpoch: at % 2 === 0, ...nobody };
  });
  #broker: Broker | undefined;
  #client: RawClient | undefined;
  #count = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  get #connection(): RawClient {
    if (!this.#client) throw new Error("There is no broker");
    return this.#client;
  }

  async start(): Promise<void> {
    this.#broker = await startBroker({
      dataDir: this.#dataDir,
      clock: this.#clock,
      topics: [{ name: topic, partitions: partitions.length }],
    });
    this.#client = await RawClient.connect(this.#broker);
  }

  async stop(): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.#broker?.close();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#dataDir, { recursive: true });
  }

  async step(): Promise<void> {
    const owner = this.#owners[this.#random(this.#owners.length)] as Owner;
    const dice = this.#random(100);
    if (dice < 45) await this.#write(owner);
    else if (dice < 55) await this.#writePlainly();
    else if (dice < 70) await this.#end(owner, true);
    else if (dice < 80) await this.#end(owner, false);
    else if (dice < 86) await this.#begin(owner);
    else if (dice < 90) await this.#awake(owner);
    else if (dice < 92) this.#wait();
    else if (dice < 94) await this.#restart();
    else await this.#read();
  }

  async #write(owner: Owner): Promise<void> {
    if (!owner.producer) return this.#begin(owner);
    const { producer } = owner;
    const partition = this.#random(partitions.length);
    if (!owner.bumpsEpoch) {
      expect(await producer.add(this.#connection, topic, partition)).toBe("NONE");
    }
    const values = this.#values();
    const { error, baseOffset } = await producer.produce(
      this.#connection,
      topic,
      partition,
      values,
    );
    expect(error).toBe("NONE");
    owner.outcome ??= { state: "open" };
    this.#note(partition, baseOffset, values, owner.outcome);
  }

  async #writePlainly(): Promise<void> {
    const partition = this.#random(partitions.length);
    const values = this.#values();
    const { topics } = await this.#connection.call("produce", 7, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topics: [
        { name: topic, partitions: [{ index: partition, records: createBatch({ values }) }] },
      ],
    });
    const baseOffset = Number(topics[0]?.partitions[0]?.baseOffset);
    this.#note(partition, baseOffset, values, { state: "committed" });
  }

  async #end(owner: Owner, isCommit: boolean): Promise<void> {
    if (!owner.producer || !owner.outcome) return;
    expect(await owner.producer.end(this.#connection, isCommit)).toBe("NONE");
    owner.outcome.state = isCommit ? "committed" : "aborted";
    owner.outcome = undefined;
  }

  /** Somebody else starts with the id: what was open is aborted. */
  async #begin(owner: Owner): Promise<void> {
    owner.zombie = owner.producer ?? owner.zombie;
    owner.producer = new TransactionalProducer({ ...owner, timeoutMs });
    await owner.producer.init(this.#connection);
    if (owner.outcome) owner.outcome.state = "aborted";
    owner.outcome = undefined;
  }

  /** One that had the id before goes on, and nothing comes of it. */
  async #awake({ zombie }: Owner): Promise<void> {
    if (!zombie) return;
    const partition = this.#random(partitions.length);
    const { error } = await zombie.produce(this.#connection, topic, partition, this.#values());
    expect(error).toBe("INVALID_PRODUCER_EPOCH");
    expect(await zombie.end(this.#connection, true)).not.toBe("NONE");
  }

  /** All open transactions take too long. */
  #wait(): void {
    this.#clock.advance(timeoutMs);
    for (const owner of this.#owners.filter(({ outcome }) => outcome)) {
      if (owner.outcome) owner.outcome.state = "aborted";
      owner.outcome = undefined;
      owner.zombie = owner.producer;
      owner.producer = undefined;
    }
  }

  async #restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #read(): Promise<void> {
    const partition = this.#random(partitions.length);
    await this.expectCommitted(partition, this.#random(100), 1 + this.#random(2000));
  }

  async expectCommitted(partition: number, from = 0, maxBytes = 2 ** 20): Promise<void> {
    const written = this.#written[partition] as Written[];
    const end = (written.at(-1)?.offset ?? -1) + 1;
    const stable = written.find(({ outcome }) => outcome.state === "open")?.offset ?? Infinity;
    if (from > Math.min(end, stable)) return;
    const expected = written.filter(({ offset, outcome }) => {
      return offset >= from && offset < stable && outcome.state === "committed";
    });
    const values = await readCommitted(this.#connection, { topic, partition, from, maxBytes });
    expect(values).toEqual(expected.map(({ value }) => value));
  }

  #values(): string[] {
    return Array.from({ length: 1 + this.#random(3) }, () => `${this.#count++}`);
  }

  #note(partition: number, baseOffset: number, values: string[], outcome: Outcome): void {
    const records = values.map((value, at) => ({ offset: baseOffset + at, value, outcome }));
    this.#written[partition]?.push(...records);
  }
}

test.each(Array.from({ length: 8 }, (_, seed) => seed))(
  "a reader of committed records sees those and no others, in run %i",
  async (seed) => {
    const run = new Run(seed);
    try {
      await run.start();
      for (let step = 0; step < stepCount; step++) await run.step();
      for (const partition of partitions) await run.expectCommitted(partition);
    } finally {
      await run.close();
    }
  },
);
