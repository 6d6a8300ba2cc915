// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  ConsumerRecord,
  Driver,
  DriverConsumer,
  DriverConsumerOptions,
  DriverProducer,
  ProducerRecord,
  TopicPartition,
  TopicSpec,
} from "../driver.ts";
import { KafkakitError } from "../kafkakit-error.ts";
import { keyOf, MemoryGroup, MemoryMember } from "./memory-group.ts";
import { partitionOf } from "./murmur2.ts";
import { createTestClock, type TestClock } from "./test-clock.ts";

/** Options of {@link createMemoryDriver}. */
export interface MemoryDriverOptions {
  /** Topics that exist from the start. Default: none. */
  topics?: readonly TopicSpec[];
  /** Whether sending to a topic creates it, with one partition. Default true, as brokers have it. */
  autoCreateTopics?: boolean;
  /** Sets the records' timestamps; give the same to the app. Default: a new test clock. */
  clock?: TestClock;
}

/** What a test can make fail. */
export type MemoryAction = "connect" | "send" | "join" | "commit" | "progress";

/** A broker in memory and its driver, for tests of what uses kafkakit. */
export interface MemoryDriver extends Driver {
  readonly clock: TestClock;
  /** All records of a topic, by partition, then by offset. */
  records(topic: string): ConsumerRecord[];
  /** The offset that a group has committed. */
  committed(group: string, topic: string, partition: number): bigint | undefined;
  /** How many members a group has. */
  members(group: string): number;
  /**
   * Makes the next `times` actions fail, in place of what was told before. Default: once, with a
   * retryable error.
   */
  fail(action: MemoryAction, options?: { error?: KafkakitError; times?: number }): void;
  /** Throws all members out of the group, as a driver that has crashed. */
  crash(group: string, error?: KafkakitError): void;
  /** Revokes all partitions of a group, and deals them anew. Resolves when they are assigned. */
  rebalance(group: string): Promise<void>;
}

/** Makes a broker in memory. It keeps to the same contract as the real drivers. */
export function createMemoryDriver({
  topics = [],
  autoCreateTopics = true,
  clock = createTestClock(),
}: MemoryDriverOptions = {}): MemoryDriver {
  const logs = new Map<string, ConsumerRecord[][]>();
  const groups = new Map<string, MemoryGroup>();
  const failures = new Map<MemoryAction, KafkakitError[]>();
  let spread = 0;

  const createTopic = ({ topic, partitions = 1 }: TopicSpec) => {
    if (!logs.has(topic))
      logs.set(
        topic,
        Array.from({ length: partitions }, () => []),
      );
  };
  for (const spec of topics) createTopic(spec);

  const failIfTold = (action: MemoryAction) => {
    const error = failures.get(action)?.shift();
    if (error !== undefined) throw error;
  };

  const groupOf = (name: string) => {
    let group = groups.get(name);
    if (group === undefined) {
      group = new MemoryGroup({
        partitions: (topic) => logs.get(topic)?.length ?? 0,
        log: ({ topic, partition }) => logs.get(topic)?.[partition] ?? [],
      });
      groups.set(name, group);
    }
    return group;
  };

  const append = ({ topic, partition, key, value, headers }: ProducerRecord) => {
    const log = logs.get(topic) ?? [];
    const chosen =
      partition ?? (key === null ? spread++ % log.length : partitionOf(key, log.length));
    const records = log[chosen];
    if (records === undefined) throw unknownTopic(`${topic}:${chosen}`);
    const offset = BigInt(records.length);
    const timestamp = clock.now();
    records.push({ topic, partition: chosen, offset, timestamp, key, value, headers });
  };

  const producer = (): DriverProducer => ({
    async connect() {
      failIfTold("connect");
    },
    async send(records) {
      failIfTold("send");
      for (const { topic } of records) {
        if (autoCreateTopics) createTopic({ topic });
        if (!logs.has(topic)) throw unknownTopic(topic);
      }
      for (const record of records) append(record);
      for (const group of groups.values()) group.pump();
    },
    async disconnect() {},
  });

  const consumer = ({ group, topics, startFrom }: DriverConsumerOptions): DriverConsumer => {
    const joined = groupOf(group);
    let member: MemoryMember | undefined;
    const setPaused = (ids: readonly TopicPartition[], paused: boolean) => {
      for (const id of ids) {
        const owned = member?.owned.get(keyOf(id));
        if (owned !== undefined) owned.paused = paused;
      }
      joined.pump();
    };
    return {
      async start(events) {
        failIfTold("connect");
        for (const topic of topics) if (!logs.has(topic)) throw unknownTopic(topic, true);
        failIfTold("join");
        member = new MemoryMember(topics, startFrom, events);
        await joined.join(member);
      },
      pause: (ids) => setPaused(ids, true),
      resume: (ids) => setPaused(ids, false),
      async commit(offsets) {
        failIfTold("commit");
        for (const id of offsets) {
          if (!member?.owned.has(keyOf(id))) {
            throw new KafkakitError(
              `Cannot commit '${id.topic}' ${id.partition}:${id.offset} as another member owns it`,
              { code: "not_owner" },
            );
          }
        }
        for (const id of offsets) joined.committed.set(keyOf(id), id.offset);
      },
      async leave() {
        if (member !== undefined) joined.remove(member);
      },
    };
  };

  return {
    name: "memory",
    clock,
    producer,
    consumer,
    async createTopics(specs) {
      failIfTold("connect");
      for (const spec of specs) createTopic(spec);
    },
    async progress({ group, topics }) {
      failIfTold("progress");
      const { committed } = groupOf(group);
      return topics.flatMap((topic) => {
        const log = logs.get(topic);
        if (log === undefined) throw unknownTopic(topic, true);
        return log.map((records, partition) => ({
          topic,
          partition,
          start: 0n,
          end: BigInt(records.length),
          committed: committed.get(keyOf({ topic, partition })),
        }));
      });
    },
    records: (topic) => logs.get(topic)?.flat() ?? [],
    committed: (group, topic, partition) =>
      groupOf(group).committed.get(keyOf({ topic, partition })),
    members: (group) => groupOf(group).members.length,
    fail(action, { error = unavailable(), times = 1 } = {}) {
      failures.set(
        action,
        Array.from({ length: times }, () => error),
      );
    },
    crash(group, error = unavailable()) {
      for (const member of groupOf(group).members) {
        groupOf(group).remove(member);
        member.events.crashed(error);
      }
    },
    rebalance: (group) => groupOf(group).rebalance(),
  };
}

function unavailable(): KafkakitError {
  return new KafkakitError("Broker is away", { code: "unavailable", retryable: true });
}

function unknownTopic(topic: string, retryable = false): KafkakitError {
  return new KafkakitError(`Topic '${topic}' does not exist`, { code: "unknown_topic", retryable });
}
