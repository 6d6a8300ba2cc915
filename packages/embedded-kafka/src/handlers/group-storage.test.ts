// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { errorNameOf } from "../error-name.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { createFillingStorage } from "../storage/filling-storage.testing.ts";
import { TransactionalProducer } from "../transactional-producer.testing.ts";
import { enterAlone, joinOf, offsetOf } from "./groups.testing.ts";

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const anyone = { memberId: "", generationId: -1, groupInstanceId: null };

test("groups answer NOT_COORDINATOR to what cannot be saved, which changes nothing", async () => {
  const storage = createFillingStorage();
  const cluster = new Cluster(resolveOptions({ topics: [{ name: "t" }], logger }), storage);
  cluster.topics.create({ name: "t", partitions: 1 });
  await cluster.start();
  const [node] = cluster.nodes;
  const [listener] = cluster.options.listeners;
  if (!node || !listener) throw new Error("There is no broker");
  const client = await RawClient.connect(node.address(listener));
  const member = await enterAlone(client, "classic");
  const commit = (groupId: string) =>
    client.call("offsetCommit", 9, { ...anyone, groupId, topics: [offsetOf("t", 5n)] });
  await commit("simple");
  const beat = (groupId: string, memberId: string, memberEpoch: number) =>
    client.call("consumerGroupHeartbeat", 1, {
      ...{ groupId, memberId, memberEpoch },
      ...(memberEpoch === 0 && { rebalanceTimeoutMs: 1_000, topicPartitions: [] }),
      subscribedTopicNames: ["t"],
    });
  await beat("consumer", "c", 0);
  const producer = new TransactionalProducer({ id: "p" });
  await producer.init(client);
  const { producerId, producerEpoch, id: transactionalId } = producer;
  const groups = { transactionalId, producerId: BigInt(producerId), producerEpoch };
  await client.call("addOffsetsToTxn", 4, { ...groups, groupId: "simple" });
  const before = JSON.stringify([...cluster.groups.groups].map((group) => group.stored()));
  storage.isFull = true;

  const committed = await commit("simple");
  const pending = await client.call("txnOffsetCommit", 4, {
    ...{ ...groups, ...anyone, groupId: "simple", topics: [offsetOf("t", 6n)] },
  });
  const deleted = await client.call("deleteGroups", 2, { groupNames: ["simple", "classic"] });
  const forgotten = await client.call("offsetDelete", 0, {
    groupId: "simple",
    topics: [{ name: "t", partitions: [{ index: 0 }] }],
  });
  const left = await client.call("leaveGroup", 5, {
    groupId: "consumer",
    members: [{ memberId: "c" }],
  });
  const codes = {
    joined: (await client.call("joinGroup", 9, joinOf("other", ""))).errorCode,
    committed: committed.topics[0]?.partitions[0]?.errorCode,
    pending: pending.topics[0]?.partitions[0]?.errorCode,
    deleted: deleted.results.map(({ errorCode }) => errorNameOf(errorCode)),
    forgotten: forgotten.errorCode,
    left: left.members[0]?.errorCode,
    entered: (await beat("another", "d", 0)).errorCode,
    gone: (await beat("consumer", "c", -1)).errorCode,
  };
  const named = Object.entries(codes).map(([name, code]) => {
    return [name, typeof code === "number" ? errorNameOf(code) : code];
  });
  const after = JSON.stringify([...cluster.groups.groups].map((group) => group.stored()));
  const offset = cluster.groups.offsets.get("simple", "t", 0)?.offset;
  storage.isFull = false;
  const alive = (await client.call("heartbeat", 4, member)).errorCode;
  await client[Symbol.asyncDispose]();
  await cluster.close();
  expect({ ...Object.fromEntries(named), isSame: after === before, offset, alive }).toEqual({
    joined: "NOT_COORDINATOR",
    committed: "NOT_COORDINATOR",
    pending: "NOT_COORDINATOR",
    deleted: ["NOT_COORDINATOR", "NON_EMPTY_GROUP"],
    forgotten: "NOT_COORDINATOR",
    left: "NOT_COORDINATOR",
    entered: "NOT_COORDINATOR",
    gone: "NOT_COORDINATOR",
    isSame: true,
    offset: 5n,
    alive: 0,
  });
});
