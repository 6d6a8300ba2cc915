// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  ConsumerRecord,
  DriverConsumerEvents,
  RecordBatch,
  TopicPartition,
} from "../driver.ts";

const maxBatch = 500;

/** A partition that a member owns. */
interface Owned {
  readonly id: TopicPartition;
  position: bigint;
  paused: boolean;
  busy: boolean;
}

/** What a group needs to know of the broker. */
export interface MemoryLogs {
  partitions(topic: string): number;
  log(id: TopicPartition): readonly ConsumerRecord[];
}

export class MemoryMember {
  readonly owned = new Map<string, Owned>();
  readonly topics: readonly string[];
  readonly startFrom: "earliest" | "latest";
  readonly events: DriverConsumerEvents;

  constructor(
    topics: readonly string[],
    startFrom: "earliest" | "latest",
    events: DriverConsumerEvents,
  ) {
    this.topics = topics;
    this.startFrom = startFrom;
    this.events = events;
  }
}

/** A consumer group with eager rebalances: every change revokes all, then deals anew. */
export class MemoryGroup {
  readonly committed = new Map<string, bigint>();
  readonly #logs: MemoryLogs;
  #members: MemoryMember[] = [];
  #rebalancing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(logs: MemoryLogs) {
    this.#logs = logs;
  }

  get members(): readonly MemoryMember[] {
    return this.#members;
  }

  async join(member: MemoryMember): Promise<void> {
    this.#members = [...this.#members, member];
    await this.rebalance();
  }

  /** Takes a member out; its partitions go to the others. */
  remove(member: MemoryMember): void {
    if (!this.#members.includes(member)) return;
    this.#members = this.#members.filter((other) => other !== member);
    member.owned.clear();
    void this.rebalance();
  }

  /** Changes that come before it has begun share a rebalance. */
  rebalance(): Promise<void> {
    this.#next ??= this.#rebalancing.then(() => {
      this.#next = undefined;
      this.#rebalancing = this.#dealAnew();
      return this.#rebalancing;
    });
    return this.#next;
  }

  /** Delivers what can be delivered. */
  pump(): void {
    for (const member of this.#members) {
      for (const owned of member.owned.values()) this.#deliver(member, owned);
    }
  }

  async #dealAnew(): Promise<void> {
    // Who comes meanwhile has a rebalance of its own.
    const bidden = this.#members;
    await Promise.all(
      bidden.map(async (member) => {
        if (member.owned.size === 0) return;
        await member.events.revoked([...member.owned.values()].map(({ id }) => id));
        member.owned.clear();
      }),
    );
    const members = bidden.filter((member) => this.#members.includes(member));
    const dealt = new Map<MemoryMember, TopicPartition[]>(members.map((member) => [member, []]));
    for (const topic of new Set(members.flatMap((member) => member.topics))) {
      const takers = members.filter((member) => member.topics.includes(topic));
      for (let partition = 0; partition < this.#logs.partitions(topic); partition++) {
        const taker = takers[partition % takers.length];
        if (taker !== undefined) dealt.get(taker)?.push({ topic, partition });
      }
    }
    for (const [member, ids] of dealt) {
      for (const id of ids) {
        const position = this.committed.get(keyOf(id)) ?? this.#start(member, id);
        member.owned.set(keyOf(id), { id, position, paused: false, busy: false });
      }
      member.events.assigned(ids);
    }
    this.pump();
  }

  #start({ startFrom }: MemoryMember, id: TopicPartition): bigint {
    return startFrom === "earliest" ? 0n : BigInt(this.#logs.log(id).length);
  }

  #deliver(member: MemoryMember, owned: Owned): void {
    const log = this.#logs.log(owned.id);
    const from = Number(owned.position);
    if (owned.paused || owned.busy || from >= log.length) return;
    const records = log.slice(from, from + maxBatch);
    owned.position += BigInt(records.length);
    owned.busy = true;
    const batch: RecordBatch = { ...owned.id, records, nextOffset: owned.position };
    queueMicrotask(async () => {
      if (member.owned.get(keyOf(owned.id)) === owned) await member.events.batch(batch);
      owned.busy = false;
      if (member.owned.get(keyOf(owned.id)) === owned) this.#deliver(member, owned);
    });
  }
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`;
}
