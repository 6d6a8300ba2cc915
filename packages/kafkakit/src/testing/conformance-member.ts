// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { delay, systemClock } from "../clock.ts";
import type { ConsumerRecord, Driver, DriverConsumer, TopicPartition } from "../driver.ts";
import { KafkakitError } from "../kafkakit-error.ts";
import { silentLogger } from "../logger.ts";
import { toText } from "../record.ts";

const patienceMs = 10_000;
const pauseMs = 100;
let groups = 0;

interface JoinOptions {
  /** Default: a group of the member's own. */
  group?: string;
  startFrom?: "earliest" | "latest";
}

/** A member of a group that notes what it is told. */
export class Member {
  readonly group: string;
  readonly consumer: DriverConsumer;
  readonly records: ConsumerRecord[] = [];
  /** Partitions as `partition:topic`. */
  readonly owned = new Set<string>();
  readonly #next = new Map<string, bigint>();
  onRevoked: (partitions: readonly TopicPartition[]) => Promise<void> = async () => {};
  crash: Error | undefined;
  #held: Promise<void> | undefined;
  #onChange: (() => void)[] = [];

  private constructor(group: string, consumer: DriverConsumer) {
    this.group = group;
    this.consumer = consumer;
  }

  /**
   * Joins as an app does: a broker that cannot yet, such as one whose coordinator is loading, is
   * asked again, each time by a new consumer.
   */
  static async join(
    driver: Driver,
    topics: readonly string[],
    options: JoinOptions = {},
  ): Promise<Member> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        return await Member.joinOnce(driver, topics, options);
      } catch (error) {
        const isRetryable = error instanceof KafkakitError && error.retryable;
        if (!isRetryable || performance.now() > deadline) throw error;
        await delay(systemClock, pauseMs);
      }
    }
  }

  static async joinOnce(
    driver: Driver,
    topics: readonly string[],
    options: JoinOptions = {},
  ): Promise<Member> {
    const { startFrom = "earliest", group = `group-${process.pid}-${Date.now()}-${groups++}` } =
      options;
    const consumer = driver.consumer({ group, topics, startFrom, logger: silentLogger });
    const member = new Member(group, consumer);
    try {
      await consumer.start({
        assigned: (partitions) => {
          for (const { topic, partition } of partitions) member.owned.add(`${partition}:${topic}`);
          member.#changed();
        },
        revoked: async (partitions) => {
          await member.onRevoked(partitions);
          for (const { topic, partition } of partitions) {
            member.owned.delete(`${partition}:${topic}`);
          }
          member.#changed();
        },
        batch: async ({ topic, partition, records, nextOffset }) => {
          member.records.push(...records);
          member.#next.set(`${partition}:${topic}`, nextOffset);
          member.#changed();
          await member.#held;
        },
        crashed: (error) => {
          member.crash = error;
          member.#changed();
        },
      });
    } catch (error) {
      await consumer.leave();
      throw error;
    }
    return member;
  }

  get keys(): (string | null)[] {
    return this.records.map(({ key }) => toText(key));
  }

  nextOffset(topic: string, partition: number): bigint | undefined {
    return this.#next.get(`${partition}:${topic}`);
  }

  /** Resolves when so many records have come in all. With `ms`, or when time is over. */
  async receive(count: number, ms?: number): Promise<ConsumerRecord[]> {
    const what = `${count} records instead of ${this.records.length}`;
    await this.until(() => this.records.length >= count, what, ms);
    return this.records;
  }

  /** Resolves when the condition holds after some event; rejects when that takes too long. */
  async until(condition: () => boolean, what: string, ms?: number): Promise<void> {
    const deadline = performance.now() + (ms ?? patienceMs);
    while (!condition()) {
      const left = deadline - performance.now();
      if (this.crash !== undefined) throw this.crash;
      if (left <= 0 && ms !== undefined) return;
      if (left <= 0) throw new Error(`Waited in vain until ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#onChange.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Leaves batches pending from now on. Returns a function that ends that. */
  holdBatches(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  leave(): Promise<void> {
    return this.consumer.leave();
  }

  #changed(): void {
    for (const resolve of this.#onChange.splice(0)) resolve();
  }
}
