// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { consume, createClient } from "../../src/kafkajs.testing.ts";
import { commit, committed, enterAlone, heartbeat, unsettled } from "../group-wire.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { begin, end, write } from "../transaction-wire.ts";
import { errorName, fetch, only, partitionsOf, produce, until } from "../wire.ts";

const brokers = [0, 1, 2];

/** What clients see when one of three brokers dies. */
export function brokerDeathsChapter(site: Site): void {
  describe("the death of a broker", () => {
    test("when a broker dies others lead, and all that was acknowledged is there", async () => {
      const topic = await site.topic({ replicationFactor: 3 });
      const strict = await site.topic({
        replicationFactor: 3,
        configs: { "min.insync.replicas": "3" },
      });
      const [dying = 0] = await site.ready(topic);
      const survivor = (dying + 1) % 3;
      const alone = await topicOn(dying);
      {
        await using client = await site.connect(dying);
        for (const value of ["a", "b"]) await produce(client, topic, batchOf([value]));
      }
      await using death = await kill(dying);
      await using client = await site.connect(survivor);
      const [moved] = await until(
        () => partitionsOf(client, topic),
        ([partition]) => !!partition && partition.leader >= 0 && partition.leader !== dying,
      );
      const [orphan] = await until(
        () => partitionsOf(client, alone),
        ([partition]) => partition?.leader === -1,
      );
      await using leader = await site.connect(moved?.leader);
      const appended = await until(
        () => produce(leader, topic, batchOf(["c"])),
        ({ error }) => error === "NONE",
      );
      const after = await fetch(leader, topic);
      const epochs = await leader.call("offsetForLeaderEpoch", 4, {
        topics: [
          { name: topic, partitions: [{ index: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] },
        ],
      });
      const ended = only(only(epochs.topics).partitions);
      const [ofStrict] = await until(
        () => partitionsOf(client, strict),
        ([partition]) => !!partition && partition.leader >= 0 && partition.leader !== dying,
      );
      await using strictLeader = await site.connect(ofStrict?.leader);
      const refused = await until(
        () => produce(strictLeader, strict, batchOf(["x"])),
        ({ error }) => error !== "NOT_LEADER_OR_FOLLOWER" && error !== "NONE",
      );
      const relaxed = await produce(strictLeader, strict, batchOf(["x"]), { acks: 1 });
      const fenced = await fetch(leader, topic, { leaderEpoch: 0 });
      await death.undo();
      const [back] = await until(
        () => partitionsOf(client, topic),
        ([partition]) => partition?.inSync.length === 3,
      );
      expect({
        moved: moved && [moved.epoch, moved.inSync.includes(dying), moved.replicas.toSorted()],
        orphan: orphan && [errorName(orphan.errorCode), orphan.offline],
        appended: appended.baseOffset,
        values: after.values,
        epochs: after.batches.map(({ leaderEpoch }) => leaderEpoch),
        ended: [errorName(ended.errorCode), ended.leaderEpoch, ended.endOffset],
        refused: refused.error,
        relaxed: relaxed.error,
        fenced: fenced.error,
        back: back && [back.leader, back.epoch],
      }).toEqual({
        moved: [1, false, brokers],
        orphan: ["LEADER_NOT_AVAILABLE", [dying]],
        appended: 2,
        values: ["a", "b", "c"],
        epochs: [0, 0, 1],
        ended: ["NONE", 0, 2n],
        refused: "NOT_ENOUGH_REPLICAS",
        relaxed: "NONE",
        fenced: "FENCED_LEADER_EPOCH",
        back: [moved?.leader, 1],
      });
    });

    test("when a coordinator dies another knows its groups, offsets and transactions", async () => {
      const topic = await site.topic({ replicationFactor: 3 });
      const [group, transactionalId] = await idsOnOneBroker();
      const dying = await site.coordinatorOf("group", group);
      const [member, producer] = await (async () => {
        await using client = await site.connect(dying);
        const joined = await enterAlone(client, { group, sessionTimeoutMs: 60_000 });
        await commit(client, joined, topic, 7);
        const begun = await begin(client, transactionalId);
        return [joined, begun] as const;
      })();
      await writeTo(topic, producer, dying);
      await using _ = await kill(dying);
      const away = { away: dying };
      await using coordinator = await site.connect(await site.coordinatorOf("group", group, away));
      const beat = await until(
        () => heartbeat(coordinator, member),
        (error) => !unsettled.has(error),
      );
      const { offset } = await committed(coordinator, group, topic);
      const other = await site.coordinatorOf("transaction", transactionalId, away);
      await using transactions = await site.connect(other);
      const ended = await until(
        () => end(transactions, producer, true),
        (error) => !unsettled.has(error),
      );
      const read = await until(
        async () => {
          const [partition] = await partitionsOf(coordinator, topic);
          if (!partition || partition.leader < 0 || partition.leader === dying) return undefined;
          await using leader = await site.connect(partition.leader);
          return await fetch(leader, topic, { isCommittedOnly: true });
        },
        (fetched) => fetched?.lastStableOffset === 2,
      );
      expect({ beat, offset, ended, values: read?.values }).toEqual({
        beat: "NONE",
        offset: 7,
        ended: "NONE",
        values: ["in a transaction"],
      });
    });

    test("kafkajs lives through the death of a leader, and nothing is lost or written twice", async () => {
      const topic = await site.topic({ replicationFactor: 3 });
      const [dying = 0] = await site.ready(topic);
      const kafka = createClient(site.cluster.addresses, {
        retry: { retries: 60, initialRetryTime: 50, maxRetryTime: 500 },
      });
      const producer = kafka.producer({ idempotent: true });
      const consumer = kafka.consumer({ groupId: site.name("group"), maxWaitTimeInMs: 100 });
      await producer.connect();
      const inbox = await consume(consumer, topic);
      const values = Array.from({ length: 60 }, (_, at) => `${at}`);
      await using stack = new AsyncDisposableStack();
      for (const [at, value] of values.entries()) {
        if (at === 20) stack.use(await kill(dying));
        await producer.send({ topic, messages: [{ value }] });
      }
      // A consumer that starts anew reads again what it had not committed: by offset it is the same.
      const written = await until(
        async () => new Map(inbox.messages.map(({ offset, value }) => [offset, value])),
        ({ size }) => size >= values.length,
        60_000,
      );
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
      expect([...written.values()]).toEqual(values);
    });
  });

  /** Ends a broker as a crash does; it comes back at the end of the scope at the latest. */
  async function kill(nodeId: number): Promise<AsyncDisposable & { undo(): Promise<void> }> {
    await site.cluster.kill(nodeId);
    let undoing: Promise<void> | undefined;
    const undo = () => {
      undoing ??= site.cluster.restart(nodeId);
      return undoing;
    };
    return { undo, [Symbol.asyncDispose]: undo };
  }

  /** A topic with its only replica on a broker. */
  async function topicOn(nodeId: number): Promise<string> {
    await using client = await site.connect();
    const name = site.name("alone");
    const assignments = [{ index: 0, brokerIds: [nodeId] }];
    const topic = { name, numPartitions: -1, replicationFactor: -1, assignments, configs: [] };
    const { topics } = await client.call("createTopics", 5, { topics: [topic] });
    expect(errorName(only(topics).errorCode)).toBe("NONE");
    await site.ready(name);
    return name;
  }

  /** A group and a transactional id with the same coordinator. */
  async function idsOnOneBroker(): Promise<[group: string, transactionalId: string]> {
    const group = await site.group();
    const nodeId = await site.coordinatorOf("group", group);
    for (let attempt = 0; attempt < 100; attempt++) {
      const id = await site.transactionalId();
      if ((await site.coordinatorOf("transaction", id)) === nodeId) return [group, id];
    }
    throw new Error(`No transactional id is coordinated by broker ${nodeId}`);
  }

  async function writeTo(
    topic: string,
    producer: Awaited<ReturnType<typeof begin>>,
    coordinator: number,
  ): Promise<void> {
    const [leaderId = 0] = await site.ready(topic);
    await using client = await site.connect(coordinator);
    await using leader = await site.connect(leaderId);
    await write(client, producer, topic, ["in a transaction"], { leader });
  }
}
