// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Operation, Ref } from "../operation.ts";
import {
  type ChainGenerator,
  chain,
  type Dice,
  type Generator,
  operation,
  topics,
  transactionalIds,
} from "./dice.ts";
import { committedPartitions } from "./groups.ts";
import { batch, topicOf } from "./records.ts";

/** A transactional producer, by the name of its id; now and then with what is another's. */
function producer(dice: Dice, slot: string = dice.pick(transactionalIds)) {
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

function initProducerId(dice: Dice, of?: string): Operation {
  const { slot, transactionalId, producerId, producerEpoch } = producer(dice, of);
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
}

function addPartitionsToTxn(dice: Dice, of?: string, names = dice.topics()): Operation {
  // Versions from 4 on are brokers' own.
  const version = dice.below(4);
  const { transactionalId, producerId, producerEpoch } = producer(dice, of);
  return operation("addPartitionsToTxn", version, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: names.map((name) => ({
      name,
      partitions: [dice.partition()],
    })),
  });
}

function produce(dice: Dice, of?: string, name: string = dice.pick(topics)): Operation {
  const version = dice.version("produce");
  const { slot, transactionalId } = producer(dice, of);
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
}

function addOffsetsToTxn(dice: Dice, of?: string, groupId = dice.group()): Operation {
  const { slot: _, ...identity } = producer(dice, of);
  return operation("addOffsetsToTxn", dice.version("addOffsetsToTxn"), {
    ...identity,
    groupId,
  });
}

function txnOffsetCommit(dice: Dice, of?: string, groupId = dice.group()): Operation {
  const { slot: _, ...identity } = producer(dice, of);
  return operation("txnOffsetCommit", dice.version("txnOffsetCommit"), {
    ...identity,
    groupId,
    generationId: dice.mostly(-1, [0, 1]),
    memberId: dice.mostly("", ["~nobody"]),
    groupInstanceId: dice.mostly(null, ["~i2"]),
    topics: dice.topics().map((name) => ({ name, partitions: committedPartitions(dice) })),
  });
}

function endTxn(dice: Dice, of?: string): Operation {
  const { slot, ...identity } = producer(dice, of);
  return operation(
    "endTxn",
    dice.version("endTxn"),
    { ...identity, committed: dice.chance(0.6) },
    { learner: slot },
  );
}

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

/** A transaction from its beginning to its end. */
const transaction: ChainGenerator = (dice) => {
  const slot = dice.pick(transactionalIds);
  const topic = dice.pick(topics);
  const groupId = dice.group();
  const offsets = [addOffsetsToTxn(dice, slot, groupId), txnOffsetCommit(dice, slot, groupId)];
  return chain(
    dice,
    ...(dice.chance(0.4) ? [initProducerId(dice, slot)] : []),
    addPartitionsToTxn(dice, slot, [topic]),
    produce(dice, slot, topic),
    ...(dice.chance(0.3) ? offsets : []),
    ...(dice.chance(0.5) ? [produce(dice, slot, topic)] : []),
    ...(dice.chance(0.3) ? [describeTransactions(dice), readCommitted(dice)] : []),
    endTxn(dice, slot),
  );
};

/** The first of a sequence about transactions: whoever is not there yet can do nothing. */
export const initAll: ChainGenerator = (dice) =>
  chain(dice, ...transactionalIds.map((slot) => initProducerId(dice, slot)));

export const transactionChains: readonly ChainGenerator[] = [transaction];

export const transactionOperations: readonly Generator[] = [
  (dice) => initProducerId(dice),
  (dice) => initProducerId(dice),
  (dice) => initProducerId(dice),
  (dice) => addPartitionsToTxn(dice),
  (dice) => addPartitionsToTxn(dice),
  (dice) => addPartitionsToTxn(dice),
  (dice) => produce(dice),
  (dice) => produce(dice),
  (dice) => produce(dice),
  (dice) => addOffsetsToTxn(dice),
  (dice) => txnOffsetCommit(dice),
  (dice) => endTxn(dice),
  (dice) => endTxn(dice),
  describeTransactions,
  listTransactions,
  describeProducers,
  readCommitted,
  readCommitted,
];
