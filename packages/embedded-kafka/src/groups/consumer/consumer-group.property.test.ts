// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { seededRandom } from "../../protocol/random-message.testing.ts";
import { defaultAssignor } from "./assignor.ts";
import {
  beat,
  entry,
  rebalanceTimeoutMs,
  sessionTimeoutMs,
  setUp,
} from "./consumer-group.testing.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { byTopic, keysOf, type PartitionKey, topicIdOf } from "./partition-key.ts";
import { isRefusal } from "./refusal.ts";

/** A client as KIP-848 wants it: it consumes what it was last told, and says so. */
class Client {
  readonly instanceId: string | null;
  memberId: string;
  epoch = 0;
  owned = new Set<PartitionKey>();
  topics: string[] = ["a"];
  /** Whether it has to tell everything, since it does not know what was heard. */
  #tellsAll = false;
  readonly #group: ConsumerGroup;
  readonly #serverAssignor: string;

  constructor(group: ConsumerGroup, id: string, isStatic: boolean, serverAssignor: string) {
    this.#group = group;
    this.memberId = id;
    this.instanceId = isStatic ? id : null;
    this.#serverAssignor = serverAssignor;
  }

  /** Whether the group knows it as a member: what others believe to have does not count. */
  get isMember(): boolean {
    return this.#group.content.members.has(this.memberId) && this.epoch > 0;
  }

  heartbeat(isAnswerLost = false): void {
    const { memberId, epoch, instanceId } = this;
    const whole = { rebalanceTimeoutMs, topicNames: this.topics, owned: byTopic(this.owned) };
    const answer = this.#group.heartbeat(
      epoch === 0
        ? entry(memberId, this.topics, { instanceId, serverAssignor: this.#serverAssignor })
        : beat(memberId, epoch, {
            instanceId,
            ...(this.#tellsAll ? whole : { owned: whole.owned }),
          }),
    );
    this.#tellsAll = isAnswerLost;
    if (isRefusal(answer)) this.#abandon();
    if (isRefusal(answer) || isAnswerLost) return;
    this.epoch = answer.memberEpoch;
    if (answer.assignment) this.owned = new Set(keysOf(answer.assignment));
  }

  subscribe(topics: string[]): void {
    this.topics = topics;
    this.#tellsAll = true;
  }

  leave(memberEpoch: number): void {
    const { memberId, instanceId } = this;
    this.#group.leave(beat(memberId, memberEpoch, { instanceId }));
    this.#abandon();
  }

  /** Starts anew, as another member. */
  restart(memberId: string): void {
    this.memberId = memberId;
    this.#abandon();
  }

  #abandon(): void {
    this.epoch = 0;
    this.owned = new Set();
  }
}

/** Plays members that join, subscribe, leave, die and come back while topics change. */
function play(seed: number, steps: number) {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const { clock, topics, group } = setUp({ a: 3, b: 2 });
  const assignor = pick([defaultAssignor, "range"]);
  const clients = Array.from(
    { length: 5 },
    (_, at) => new Client(group, `m${at}`, at < 2, assignor),
  );
  let ids = 0;
  const counts = new Map([
    ["a", 3],
    ["b", 2],
    ["c", 0],
  ]);
  const grow = () => {
    const name = pick([...counts.keys()]);
    const count = pick([0, 0, 1, 1, 1]) * ((counts.get(name) ?? 0) + 1);
    counts.set(name, count);
    topics.set(name, count);
  };
  const actions: ((client: Client) => void)[] = [
    ...Array.from({ length: 8 }, () => (client: Client) => client.heartbeat()),
    (client) => client.heartbeat(true),
    (client) => client.subscribe(pick([["a"], ["a", "b"], ["b", "c"], []])),
    (client) => client.leave(-1),
    (client) => client.leave(client.instanceId === null ? -1 : -2),
    (client) => client.restart(client.instanceId === null ? `n${ids++}` : client.memberId),
    () => clock.advance(pick([1_000, 10_000, rebalanceTimeoutMs])),
    grow,
  ];
  let grants = 0;
  for (let step = 0; step < steps; step++) {
    pick(actions)(pick(clients));
    grants += ownedTwice(clients, `seed ${seed}, step ${step}`);
  }
  // Who has died is out once its session ends, and the others go on in their time.
  for (let round = 0; round < 30; round++) {
    for (const client of clients) {
      client.heartbeat();
      ownedTwice(clients, `seed ${seed}, round ${round}`);
    }
    clock.advance(sessionTimeoutMs / 10);
  }
  return { group, clients, counts, assignor, grants };
}

/** Fails when members own a partition together. Returns how many partitions they own. */
function ownedTwice(clients: readonly Client[], where: string): number {
  const keys = clients.filter(({ isMember }) => isMember).flatMap(({ owned }) => [...owned]);
  expect(keys.length, where).toBe(new Set(keys).size);
  return keys.length;
}

test("no partition is ever owned by two members, and all are shared out evenly in the end", () => {
  let grants = 0;
  for (let seed = 0; seed < 100; seed++) {
    const { group, clients, counts, assignor, grants: some } = play(seed, 150);
    const where = `seed ${seed}`;
    expect(group.state, where).toBe("Stable");
    const subscribed = new Set(clients.flatMap(({ topics }) => topics));
    const all = [...subscribed].reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
    expect(ownedTwice(clients, where), where).toBe(all);
    if (assignor === defaultAssignor) expectEven(clients, where);
    for (const { owned, topics } of clients) {
      const foreign = [...owned].filter((key) => !topics.includes(topicIdOf(key).slice(1)));
      expect(foreign, where).toEqual([]);
    }
    grants += some;
  }
  expect(grants).toBeGreaterThan(5_000);
});

/** No member has a partition that one with two fewer could have. */
function expectEven(clients: readonly Client[], where: string): void {
  for (const { owned } of clients) {
    for (const key of owned) {
      const could = clients.filter(({ topics }) => topics.includes(topicIdOf(key).slice(1)));
      const least = Math.min(...could.map((client) => client.owned.size));
      expect(owned.size - least, where).toBeLessThan(2);
    }
  }
}
