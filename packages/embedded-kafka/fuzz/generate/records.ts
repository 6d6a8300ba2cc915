// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Ref } from "../operation.ts";
import { baseTime } from "../operation.ts";
import { type Dice, type Generator, operation } from "./dice.ts";

/** Producers that are idempotent without a transactional id. */
const idempotents = ["p0", "p1"] as const;

/** A batch of a few records, with something wrong now and then. */
export function batch(dice: Dice, more: Partial<Extract<Ref, { ref: "batch" }>>): Ref {
  const values = Array.from({ length: 1 + dice.below(4) }, (_, at) =>
    dice.mostly(`value ${dice.below(1000)}-${at}${"·".repeat(dice.below(30))}`, [null, ""]),
  );
  return {
    ref: "batch",
    values,
    hasKeys: dice.chance(0.7),
    at: dice.below(600_000),
    compression: dice.mostly(dice.pick([0, 0, 0, 1, 2, 3, 4]), [5, 7]),
    partition: "",
    sequencePlus: dice.mostly(0, [-1, 1, 5, -3, 100]),
    epochPlus: dice.mostly(0, [1, -1]),
    isTransactional: false,
    isControl: dice.mostly(false, [false, true]),
    damage: dice.mostly(undefined, [
      { at: dice.below(120), cut: 0 },
      { at: 17 + dice.below(40), cut: 0 },
      { at: 0, cut: 1 + dice.below(40) },
    ]),
    ...more,
  };
}

/** A topic by its name, or by its id where versions want that. */
export function topicOf(name: string, version: number, idsSince: number) {
  return version < idsSince ? { name } : { topicId: { ref: "topicId", topic: name } };
}

const produce: Generator = (dice) => {
  const version = dice.version("produce");
  const name = dice.topic();
  const index = dice.partition();
  const producer = dice.chance(0.5) ? dice.pick(idempotents) : undefined;
  const partition = `${name}-${index}`;
  return operation("produce", version, {
    transactionalId: null,
    acks: dice.mostly(dice.pick([-1, -1, 1, 0]), [2, -2]),
    timeoutMs: 5_000,
    topics: [
      {
        ...topicOf(name, version, 13),
        partitions: [
          { index, records: dice.mostly(batch(dice, { producer, partition }), [Buffer.alloc(0)]) },
        ],
      },
    ],
  });
};

const fetch: Generator = (dice) => {
  const version = dice.version("fetch");
  const session = version >= 7 && dice.chance(0.15) ? dice.pick(["f0", "f1"]) : undefined;
  const isNew = dice.chance(0.4);
  const request = {
    maxWaitMs: dice.pick([0, 0, 0, 10]),
    minBytes: dice.pick([0, 1, 1, 1_000]),
    maxBytes: dice.mostly(2 ** 20, [0, 1, 150, -1]),
    isolationLevel: dice.mostly(dice.below(2), [2]),
    sessionId: session && !isNew ? { ref: "session", of: session } : 0,
    sessionEpoch: session ? (isNew ? 0 : dice.mostly(1, [2, 5, -1])) : -1,
    topics: dice.topics().map((name) => ({
      ...topicOf(name, version, 13),
      partitions: [
        {
          index: dice.partition(),
          currentLeaderEpoch: dice.mostly(-1, [0, 1, 5]),
          fetchOffset: BigInt(dice.mostly(dice.below(dice.chance(0.8) ? 3 : 12), [-1, 1_000, -5])),
          lastFetchedEpoch: dice.mostly(-1, [0, 1]),
          maxBytes: dice.mostly(2 ** 20, [0, 1, 100, 300]),
        },
      ],
    })),
    forgottenTopics: [],
  };
  return operation("fetch", version, request, session ? { learner: session } : {});
};

const listOffsets: Generator = (dice) => {
  const version = dice.version("listOffsets");
  return operation("listOffsets", version, {
    replicaId: -1,
    isolationLevel: dice.below(2),
    timeoutMs: 5_000,
    topics: [
      {
        name: dice.topic(),
        partitions: [
          {
            index: dice.partition(),
            currentLeaderEpoch: dice.mostly(-1, [0, 1]),
            timestamp: dice.chance(0.5)
              ? BigInt(baseTime + dice.below(600_000))
              : dice.mostly(dice.pick([-1n, -2n, -3n]), [-4n, -5n, -6n, -7n, 0n]),
          },
        ],
      },
    ],
  });
};

const offsetForLeaderEpoch: Generator = (dice) =>
  operation("offsetForLeaderEpoch", dice.version("offsetForLeaderEpoch"), {
    replicaId: dice.mostly(-1, [-2]),
    topics: [
      {
        name: dice.topic(),
        partitions: [
          {
            index: dice.partition(),
            currentLeaderEpoch: dice.mostly(-1, [0, 1]),
            leaderEpoch: dice.mostly(0, [-1, 1, 100]),
          },
        ],
      },
    ],
  });

const deleteRecords: Generator = (dice) =>
  operation("deleteRecords", dice.version("deleteRecords"), {
    topics: [
      {
        name: dice.topic(),
        partitions: [
          { index: dice.partition(), offset: BigInt(dice.mostly(dice.below(4), [-1, 100, -2])) },
        ],
      },
    ],
    timeoutMs: 5_000,
  });

const initProducerId: Generator = (dice) => {
  const producer = dice.pick(idempotents);
  const asks = dice.mostly(false, [true]);
  return operation(
    "initProducerId",
    dice.version("initProducerId"),
    {
      transactionalId: dice.mostly(null, [""]),
      transactionTimeoutMs: dice.mostly(60_000, [0, -1, 2 ** 31 - 1]),
      producerId: asks ? { ref: "producerId", of: producer } : -1n,
      producerEpoch: asks ? { ref: "producerEpoch", of: producer, plus: 0 } : -1,
    },
    { learner: producer },
  );
};

const describeProducers: Generator = (dice) =>
  operation("describeProducers", 0, {
    topics: [{ name: dice.topic(), partitions: [dice.partition()] }],
  });

export const recordOperations: readonly Generator[] = [
  produce,
  produce,
  produce,
  produce,
  produce,
  fetch,
  fetch,
  fetch,
  listOffsets,
  offsetForLeaderEpoch,
  deleteRecords,
  initProducerId,
  describeProducers,
];
