// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ManualClock } from "../../manual-clock.testing.ts";
import { ConsumerGroup, type ConsumerGroupOptions } from "./consumer-group.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { keysOf, type PartitionKey, partitionOf, topicIdOf } from "./partition-key.ts";
import { isRefusal } from "./refusal.ts";
import type { StoredConsumerGroup } from "./stored-consumer-group.ts";
import type { SubscribableTopics } from "./subscriptions.ts";

export const sessionTimeoutMs = 45_000;
export const rebalanceTimeoutMs = 30_000;

/** Topics whose ids are their names with a "#" before them. */
class FakeTopics implements SubscribableTopics {
  readonly #counts: Map<string, number>;
  revision = 0;

  constructor(counts: Readonly<Record<string, number>>) {
    this.#counts = new Map(Object.entries(counts));
  }

  get topics() {
    return [...this.#counts].map(([name, length]) => ({
      id: `#${name}`,
      name,
      partitions: { length },
    }));
  }

  get(name: string) {
    return this.topics.find((topic) => topic.name === name);
  }

  byId(id: string) {
    return this.topics.find((topic) => topic.id === id);
  }

  /** Makes a topic, adds partitions, or deletes it when the count is 0. */
  set(name: string, count: number): void {
    if (count === 0) this.#counts.delete(name);
    else this.#counts.set(name, count);
    this.revision++;
  }
}

/** A heartbeat that tells nothing but who it is from. */
export function beat(memberId: string, memberEpoch: number, changes: Partial<Heartbeat> = {}) {
  const untold: Heartbeat = {
    groupId: "g",
    memberId,
    memberEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    topicNames: null,
    topicRegex: null,
    serverAssignor: null,
    owned: null,
    clientId: "c",
    clientHost: "127.0.0.1",
  };
  return { ...untold, ...changes };
}

/** The first heartbeat of a member. */
export function entry(memberId: string, topicNames: string[], changes: Partial<Heartbeat> = {}) {
  return beat(memberId, 0, { rebalanceTimeoutMs, topicNames, owned: [], ...changes });
}

/** Partitions by the names of topics of {@link FakeTopics}, such as "a0 a1 b0". */
export function written(keys: Iterable<PartitionKey>): string {
  return [...keys]
    .map((key) => `${topicIdOf(key).slice(1)}${partitionOf(key)}`)
    .sort()
    .join(" ");
}

/** A group on a clock that stands still. */
export function setUp(
  counts: Readonly<Record<string, number>>,
  options: Partial<ConsumerGroupOptions> = {},
) {
  const clock = new ManualClock();
  const topics = new FakeTopics(counts);
  const saved: StoredConsumerGroup[] = [];
  const whole: ConsumerGroupOptions = {
    clock,
    topics,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    home: { save: (group) => saved.push(JSON.parse(JSON.stringify(group.stored()))) },
    sessionTimeoutMs,
    heartbeatIntervalMs: 5_000,
    ...options,
  };
  const group = new ConsumerGroup("g", whole);
  /** "epoch: partitions" as the member is told them, or why it is refused. */
  const told = (heartbeat: Heartbeat) => {
    const answer = group.heartbeat(heartbeat);
    if (isRefusal(answer)) return answer.errorMessage;
    const { memberEpoch, assignment } = answer;
    return `${memberEpoch}: ${assignment ? written(keysOf(assignment)) : "unchanged"}`;
  };
  const restored = () => {
    const stored = saved.at(-1);
    if (!stored) throw new Error("The group has not been saved");
    return new ConsumerGroup("g", whole, stored);
  };
  return { clock, topics, group, saved, told, restored };
}
