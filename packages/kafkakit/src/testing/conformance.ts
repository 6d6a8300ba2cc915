// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { delay, systemClock } from "../clock.ts";
import type { Driver, ProducerRecord } from "../driver.ts";
import { silentLogger } from "../logger.ts";
import { toText } from "../record.ts";
import { Member } from "./conformance-member.ts";

/** What is held to the contract. */
export interface ConformanceTarget {
  /** The driver, on a broker that is there; cases use topics and groups of their own. */
  readonly driver: Driver;
  /** The same kind of driver, on a broker that is away. Without it, its cases do not run. */
  readonly away?: Driver;
  /**
   * The driver's session timeout, in milliseconds, if members that are silent are thrown out. A
   * case waits twice as long.
   */
  readonly sessionTimeoutMs?: number;
  /** Whether null headers can be sent, rather than become empty. */
  readonly sendsNullHeaders?: boolean;
  /** Whether subscribing to a topic that does not exist fails, rather than creating it. */
  readonly refusesUnknownTopics?: boolean;
}

/** One thing that the driver's contract says. */
export interface ConformanceCase {
  readonly name: string;
  /** Whether it can be shown on this target. */
  applies(target: ConformanceTarget): boolean;
  /** Rejects when the driver does otherwise. */
  run(target: ConformanceTarget): Promise<void>;
}

/**
 * The contract of `Driver` as cases for any test runner:
 *
 * `for (const { name, run } of driverConformance) test(name, () => run(target))`
 */
export const driverConformance: readonly ConformanceCase[] = [
  {
    name: "a record comes back as it was sent: null, empty, bytes, repeated headers",
    applies: always,
    async run({ driver, sendsNullHeaders = false }) {
      const topic = await createTopic(driver);
      const sent: Pick<ProducerRecord, "key" | "value" | "headers">[] = [
        { key: null, value: null, headers: [] },
        { key: bytes(""), value: bytes(""), headers: [["", bytes("")]] },
        {
          key: new Uint8Array([0, 255]),
          value: new Uint8Array([128]),
          headers: [
            ["a", bytes("1")],
            ["a", bytes("2")],
            ["b", sendsNullHeaders ? null : bytes("3")],
          ],
        },
      ];
      await send(
        driver,
        sent.map((record) => ({ topic, ...record })),
      );
      const member = await Member.join(driver, [topic]);
      const records = await member.receive(sent.length);
      assert.deepEqual(
        records.map(({ key, value, headers, offset, partition }) => ({
          key: plain(key),
          value: plain(value),
          headers: headers.map(([name, content]) => [name, plain(content)]),
          offset,
          partition,
        })),
        sent.map(({ key, value, headers }, index) => ({
          key: plain(key),
          value: plain(value),
          headers: headers.map(([name, content]) => [name, plain(content)]),
          offset: BigInt(index),
          partition: 0,
        })),
      );
      assert.equal(typeof records[0]?.timestamp, "number");
      await member.leave();
    },
  },
  {
    name: "a key chooses the partition that the Java client would",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver, 10);
      // Hashes from Apache Kafka's UtilsTest.testMurmur2.
      const hashes: Record<string, number> = {
        "21": -973932308,
        foobar: -790332482,
        "a-little-bit-long-string": -985981536,
        "a-little-bit-longer-string": -1486304829,
        lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
        abc: 479470107,
      };
      await send(
        driver,
        Object.keys(hashes).map((key) => recordOf(topic, key)),
      );
      const member = await Member.join(driver, [topic]);
      const records = await member.receive(6);
      assert.deepEqual(
        Object.fromEntries(records.map(({ key, partition }) => [toText(key), partition])),
        Object.fromEntries(
          Object.entries(hashes).map(([key, hash]) => [key, (hash & 0x7fffffff) % 10]),
        ),
      );
      await member.leave();
    },
  },
  {
    name: "records of a partition come in the order they were sent, over many sends",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver);
      const names = Array.from({ length: 300 }, (_, n) => `${n}`);
      const producer = driver.producer({ logger: silentLogger });
      await producer.connect();
      for (let at = 0; at < names.length; at += 30) {
        await producer.send(names.slice(at, at + 30).map((key) => recordOf(topic, key)));
      }
      await producer.disconnect();
      const member = await Member.join(driver, [topic]);
      await member.receive(names.length);
      assert.deepEqual(member.keys, names);
      assert.equal(member.nextOffset(topic, 0), 300n);
      await member.leave();
    },
  },
  {
    name: "a member begins where the group has committed",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver);
      await send(
        driver,
        ["a", "b", "c"].map((key) => recordOf(topic, key)),
      );
      const first = await Member.join(driver, [topic]);
      await first.receive(3);
      await first.consumer.commit([{ topic, partition: 0, offset: 2n }]);
      await first.leave();
      const second = await Member.join(driver, [topic], { group: first.group });
      await second.receive(1);
      assert.deepEqual(second.keys, ["c"]);
      await second.leave();
    },
  },
  {
    name: "progress() tells begin, end and committed offset of each partition, with and without members",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver, 2);
      const to = (partition: number, key: string) => ({ ...recordOf(topic, key), partition });
      await send(driver, [to(0, "a"), to(0, "b"), to(0, "c"), to(1, "d")]);
      const member = await Member.join(driver, [topic]);
      const { group } = member;
      await member.receive(4);
      await member.consumer.commit([{ topic, partition: 0, offset: 2n }]);
      const expected = [
        { topic, partition: 0, start: 0n, end: 3n, committed: 2n },
        { topic, partition: 1, start: 0n, end: 1n, committed: undefined },
      ];
      const progress = async () => {
        const found = await driver.progress({ group, topics: [topic] }, { logger: silentLogger });
        return found.sort((a, b) => a.partition - b.partition);
      };
      // A coordinator may take a moment to answer what it has acknowledged.
      for (let tries = 50; tries > 0 && (await progress())[0]?.committed === undefined; tries--) {
        await delay(systemClock, 20);
      }
      assert.deepEqual(await progress(), expected);
      await member.leave();
      assert.deepEqual(await progress(), expected);
      const other = uniqueName("group");
      const [unread] = await driver.progress(
        { group: other, topics: [topic] },
        { logger: silentLogger },
      );
      assert.equal(unread?.committed, undefined);
    },
  },
  {
    name: "without a committed offset, startFrom says where a member begins",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver);
      await send(driver, [recordOf(topic, "old")]);
      const latest = await Member.join(driver, [topic], { startFrom: "latest" });
      const earliest = await Member.join(driver, [topic]);
      await earliest.receive(1);
      // The broker's end is looked up with the first fetch, of which nothing is told.
      for (let n = 0; latest.keys.length === 0; n++) {
        await send(driver, [recordOf(topic, `new-${n}`)]);
        await latest.receive(1, 100);
      }
      assert.ok(!latest.keys.includes("old"));
      assert.equal(earliest.keys[0], "old");
      await Promise.all([latest.leave(), earliest.leave()]);
    },
  },
  {
    name: "a paused partition gives no batches until it is resumed, and others do",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver, 2);
      const member = await Member.join(driver, [topic]);
      const to = (partition: number, key: string) => ({ ...recordOf(topic, key), partition });
      await send(driver, [to(0, "a")]);
      await member.receive(1);
      member.consumer.pause([{ topic, partition: 0 }]);
      await send(driver, [to(0, "b")]);
      await send(driver, [to(1, "c")]);
      await member.receive(2);
      assert.deepEqual(member.keys, ["a", "c"]);
      member.consumer.resume([{ topic, partition: 0 }]);
      await member.receive(3);
      assert.deepEqual(member.keys, ["a", "c", "b"]);
      await member.leave();
    },
  },
  {
    name: "while a batch is pending, no other of its partition comes",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver);
      const member = await Member.join(driver, [topic]);
      const release = member.holdBatches();
      await send(driver, [recordOf(topic, "a")]);
      await member.receive(1);
      await send(driver, [recordOf(topic, "b")]);
      await send(driver, [recordOf(topic, "c")]);
      assert.deepEqual(member.keys, ["a"]);
      release();
      await member.receive(3);
      assert.deepEqual(member.keys, ["a", "b", "c"]);
      await member.leave();
    },
  },
  {
    name: "when a member joins, partitions are revoked first, and can be committed until then",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver, 4);
      const first = await Member.join(driver, [topic]);
      assert.equal(first.owned.size, 4);
      const to = (partition: number, key: string) => ({ ...recordOf(topic, key), partition });
      await send(
        driver,
        [0, 1, 2, 3].map((partition) => to(partition, `${partition}`)),
      );
      await first.receive(4);
      first.onRevoked = async (partitions) => {
        const offsets = partitions.map((id) => ({ ...id, offset: 1n }));
        await first.consumer.commit(offsets);
      };
      const second = await Member.join(driver, [topic], { group: first.group });
      await first.until(() => first.owned.size === 2, "first gave two away");
      await second.until(() => second.owned.size === 2, "second has two");
      assert.deepEqual(
        [...first.owned, ...second.owned].sort(),
        ["0", "1", "2", "3"].map((p) => `${p}:${topic}`),
      );
      assert.deepEqual(second.keys, []);

      const lost = [...second.owned].map((id) => Number(id.split(":")[0]));
      const offsets = lost.map((partition) => ({ topic, partition, offset: 0n }));
      await assert.rejects(first.consumer.commit(offsets), { code: "not_owner" });

      first.onRevoked = async () => {};
      await second.leave();
      await first.until(() => first.owned.size === 4, "first has all again");
      await send(
        driver,
        [0, 1, 2, 3].map((partition) => to(partition, `${partition}'`)),
      );
      await first.until(() => first.keys.length >= 8, "first gets what is new");
      assert.deepEqual(first.keys.slice(4).sort(), ["0'", "1'", "2'", "3'"]);
      await first.leave();
    },
  },
  {
    name: "createTopics() creates what is missing, and leaves alone what is there",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver, 3);
      const other = uniqueName("topic");
      const specs = [{ topic, partitions: 5 }, { topic: other }];
      await driver.createTopics(specs, { logger: silentLogger });
      const member = await Member.join(driver, [topic, other]);
      assert.deepEqual(
        [...member.owned].sort(),
        [`0:${other}`, `0:${topic}`, `1:${topic}`, `2:${topic}`].sort(),
      );
      await member.leave();
    },
  },
  {
    name: "leave() resolves while a batch is pending, and again",
    applies: always,
    async run({ driver }) {
      const topic = await createTopic(driver);
      const member = await Member.join(driver, [topic]);
      member.holdBatches();
      await send(driver, [recordOf(topic, "a")]);
      await member.receive(1);
      await member.leave();
      await member.leave();
      const next = await Member.join(driver, [topic], { group: member.group });
      await next.receive(1);
      assert.deepEqual(next.keys, ["a"]);
      await next.leave();
    },
  },
  {
    name: "a member whose batch is pending for longer than the session timeout stays in the group",
    applies: ({ sessionTimeoutMs }) => sessionTimeoutMs !== undefined,
    async run({ driver, sessionTimeoutMs = 0 }) {
      const topic = await createTopic(driver);
      const member = await Member.join(driver, [topic]);
      const release = member.holdBatches();
      await send(driver, [recordOf(topic, "a")]);
      await member.receive(1);
      await delay(systemClock, 2 * sessionTimeoutMs);
      await member.consumer.commit([{ topic, partition: 0, offset: 1n }]);
      release();
      await send(driver, [recordOf(topic, "b")]);
      await member.receive(2);
      assert.deepEqual(member.keys, ["a", "b"]);
      await member.leave();
    },
  },
  {
    name: "start() rejects with a retryable error when a topic does not exist",
    applies: ({ refusesUnknownTopics }) => refusesUnknownTopics === true,
    async run({ driver }) {
      await assert.rejects(Member.joinOnce(driver, [uniqueName("nowhere")]), {
        code: "unknown_topic",
        retryable: true,
      });
    },
  },
  {
    name: "a broker that is away makes connect(), start(), createTopics() and progress() reject, to be retried",
    applies: ({ away }) => away !== undefined,
    async run({ away }) {
      if (away === undefined) return;
      const expected = { code: "unavailable", retryable: true };
      const producer = away.producer({ logger: silentLogger });
      await Promise.all([
        assert.rejects(producer.connect(), expected),
        assert.rejects(Member.joinOnce(away, ["any"]), expected),
        assert.rejects(away.createTopics([{ topic: "any" }], { logger: silentLogger }), expected),
        assert.rejects(
          away.progress({ group: "any", topics: ["any"] }, { logger: silentLogger }),
          expected,
        ),
      ]);
      await producer.disconnect();
    },
  },
];

let names = 0;

function uniqueName(prefix: string): string {
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${names++}`;
}

async function createTopic(driver: Driver, partitions = 1): Promise<string> {
  const topic = uniqueName("topic");
  await driver.createTopics([{ topic, partitions }], { logger: silentLogger });
  return topic;
}

async function send(driver: Driver, records: ProducerRecord[]): Promise<void> {
  const producer = driver.producer({ logger: silentLogger });
  await producer.connect();
  await producer.send(records);
  await producer.disconnect();
}

function recordOf(topic: string, key: string): ProducerRecord {
  return { topic, key: bytes(key), value: bytes(key), headers: [] };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function plain(content: Uint8Array | null): number[] | null {
  return content === null ? null : [...content];
}

function always(): boolean {
  return true;
}
