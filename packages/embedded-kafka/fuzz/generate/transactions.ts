// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Ref } from "../operation.ts";
import { type Dice, type Generator, operation, topics, transactionalIds } from "./dice.ts";
import { committedPartitions } from "./groups.ts";
import { batch, topicOf } from "./records.ts";

/** A transactional producer, by the name of its id; now and then with what is another's. */
function producer(dice: Dice) {
  const slot = dice.pick(transactionalIds);
  return {
    slot,
    transactionalId: dice.mostly(slot, [...transactionalIds, "~unknown", ""]),
    producerId: dice.mostly({ ref: "producerId", of: slot } as Ref, [-1n, 4_000_000_000n]),
    producerEpoch: {
      ref: "producerEpoch",
      of: slot,
      plus: dice.mostly(0, [-1, 1]),
    } as Ref,
  };
}

const initProducerId: Generator = (dice) => {
  const { slot, transactionalId, producerId, producerEpoch } = producer(dice);
  const asks = dice.chance(0.25);
  return operation(
    "initProducerId",
    dice.version("initProducerId"),
    {
      transactionalId,
      transactionTimeoutMs: dice.mostly(60_000, [0, -1, 2 ** 31 - 1]),
      producerId: asks ? producerId : -1n,
      producerEpoch: asks ? producerEpoch : -1,
    },
    { learner: slot },
  );
};

const addPartitionsToTxn: Generator = (dice) => {
  // Versions from 4 on are brokers' own.
  const version = dice.below(4);
  const { transactionalId, producerId, producerEpoch } = producer(dice);
  return operation("addPartitionsToTxn", version, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: dice.topics().map((name) => ({
      name,
      partitions: [dice.partition()],
    })),
  });
};

const produce: Generator = (dice) => {
  const version = dice.version("produce");
  const { slot, transactionalId } = producer(dice);
  const name = dice.pick(topics);
  const index = dice.partition();
  const records = batch(dice, {
    producer: slot,
    partition: `${name}-${index}`,
    isTransactional: dice.mostly(true, [false]),
  });
  return operation("produce", version, {
    transactionalId: dice.mostly(transactionalId, [null]),
    acks: dice.mostly(-1, [0, 1]),
    timeoutMs: 5_000,
    topics: [{ ...topicOf(name, version, 13), partitions: [{ index, records }] }],
  });
};

const addOffsetsToTxn: Generator = (dice) => {
  const { slot: _, ...identity } = producer(dice);
  return operation("addOffsetsToTxn", dice.version("addOffsetsToTxn"), {
    ...identity,
    groupId: dice.group(),
  });
};

const txnOffsetCommit: Generator = (dice) => {
  const { slot: _, ...identity } = producer(dice);
  return operation("txnOffsetCommit", dice.version("txnOffsetCommit"), {
    ...identity,
    groupId: dice.group(),
    generationId: dice.mostly(-1, [0, 1]),
    memberId: dice.mostly("", ["~nobody"]),
    groupInstanceId: dice.mostly(null, ["~i2"]),
    topics: dice.topics().map((name) => ({ name, partitions: committedPartitions(dice) })),
  });
};

const endTxn: Generator = (dice) => {
  const { slot, ...identity } = producer(dice);
  return operation(
    "endTxn",
    dice.version("endTxn"),
    { ...identity, committed: dice.chance(0.6) },
    { learner: slot },
  );
};

const describeTransactions: Generator = (dice) =>
  operation("describeTransactions", 0, {
    transactionalIds: [dice.mostly(dice.pick(transactionalIds), ["~unknown", ""])],
  });

const listTransactions: Generator = (dice) =>
  operation("listTransactions", dice.version("listTransactions"), {
    stateFilters: dice.mostly([], [["Ongoing"], ["Empty", "NoSuchState"]]),
    producerIdFilters: dice.mostly([], [[4_000_000_000n]]),
    durationFilter: dice.mostly(-1n, [0n, 1_000_000n]),
    transactionalIdPattern: dice.mostly(null, ["", ".*x1", "("]),
  });

const describeProducers: Generator = (dice) =>
  operation("describeProducers", 0, {
    topics: [{ name: dice.pick(topics), partitions: [dice.partition()] }],
  });

const readCommitted: Generator = (dice) => {
  const version = dice.version("fetch");
  return operation("fetch", version, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 2 ** 20,
    isolationLevel: dice.mostly(1, [0]),
    sessionEpoch: -1,
    topics: [
      {
        ...topicOf(dice.pick(topics), version, 13),
        partitions: [
          { index: 0, fetchOffset: BigInt(dice.below(6)), maxBytes: dice.mostly(2 ** 20, [200]) },
        ],
      },
    ],
    forgottenTopics: [],
  });
};

export const transactionOperations: readonly Generator[] = [
  initProducerId,
  initProducerId,
  initProducerId,
  addPartitionsToTxn,
  addPartitionsToTxn,
  addPartitionsToTxn,
  produce,
  produce,
  produce,
  addOffsetsToTxn,
  txnOffsetCommit,
  endTxn,
  endTxn,
  describeTransactions,
  listTransactions,
  describeProducers,
  readCommitted,
  readCommitted,
];
