// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorNameOf } from "../error-name.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { readCommitted } from "../read-committed.testing.ts";
import { type Broker, startBroker } from "../start-broker.ts";
import { TransactionalProducer } from "../transactional-producer.testing.ts";

const orders = "orders";
const id = "payments";
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function start(options: Parameters<typeof startBroker>[0] = {}) {
  return startBroker({ topics: [{ name: orders, partitions: 2 }], logger: silent, ...options });
}

/** A connection to each broker, by its id, that ends with the broker. */
function connectAll(broker: Broker): Promise<RawClient[]> {
  return Promise.all(
    broker.brokers.map((address) => {
      const [host = "", port] = address.split(":");
      return RawClient.connect({ host, port: Number(port) });
    }),
  );
}

async function stateOf(client: RawClient, transactionalId = id) {
  const answer = await client.call("describeTransactions", 0, {
    transactionalIds: [transactionalId],
  });
  const [transaction] = answer.transactionStates;
  return transaction?.errorCode
    ? errorNameOf(transaction.errorCode)
    : transaction?.transactionState;
}

async function list(client: RawClient, filters: object) {
  const { errorCode, unknownStateFilters, transactionStates } = await client.call(
    "listTransactions",
    2,
    { stateFilters: [], producerIdFilters: [], durationFilter: -1n, ...filters },
  );
  const ids = transactionStates.map(({ transactionalId }) => transactionalId);
  return [errorNameOf(errorCode), unknownStateFilters, ids];
}

test("a partition joins a transaction with its first batch, and each has its epoch (KIP-890)", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  const epochs = [producer.producerEpoch];
  for (const isCommit of [true, false, true]) {
    const value = `${producer.producerEpoch}`;
    expect((await producer.produce(client, orders, 0, [value])).error).toBe("NONE");
    expect(await producer.end(client, isCommit)).toBe("NONE");
    epochs.push(producer.producerEpoch);
  }
  expect([epochs, await readCommitted(client, { topic: orders })]).toEqual([
    [0, 1, 2, 3],
    ["0", "2"],
  ]);
});

test("a batch is refused when its partition is not in the transaction, by its version", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id, bumpsEpoch: false });
  await producer.init(client);
  await producer.add(client, orders, 1);
  expect((await producer.produce(client, orders, 0, ["x"])).error).toBe("INVALID_TXN_STATE");
  expect((await producer.produce(client, orders, 1, ["y"])).error).toBe("NONE");
});

test.each([true, false])(
  "records of an epoch that is not the present one are refused, bumping: %s",
  async (bumpsEpoch) => {
    await using broker = await start();
    await using client = await RawClient.connect(broker);
    const producer = new TransactionalProducer({ id, bumpsEpoch });
    await producer.init(client);
    await producer.add(client, orders, 0);
    await producer.produce(client, orders, 0, ["a"]);
    const errors: string[] = [];
    for (const step of [1, -1]) {
      const other = new TransactionalProducer({ id, bumpsEpoch });
      other.producerId = producer.producerId;
      other.producerEpoch = producer.producerEpoch + step;
      errors.push((await other.produce(client, orders, 0, ["x"])).error);
      errors.push((await other.produce(client, orders, 1, ["x"])).error);
    }
    expect(errors).toEqual(Array(4).fill("INVALID_PRODUCER_EPOCH"));
  },
);

test("a fault of a fenced producer has the name that its version knows (KIP-588)", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  const stale = { producerId: BigInt(producer.producerId), producerEpoch: 5 };
  const named = { ...stale, transactionalId: id };
  const init = async (version: number) => {
    const asked = { ...named, transactionTimeoutMs: 1000 };
    return (await client.call("initProducerId", version, asked)).errorCode;
  };
  const end = async (version: number) =>
    (await client.call("endTxn", version, { ...named, committed: true })).errorCode;
  const addOffsets = async (version: number) =>
    (await client.call("addOffsetsToTxn", version, { ...named, groupId: "g" })).errorCode;
  const addPartitions = async (version: number) => {
    const { resultsByTopicV3AndBelow } = await client.call("addPartitionsToTxn", version, {
      v3AndBelowTransactionalId: id,
      v3AndBelowProducerId: stale.producerId,
      v3AndBelowProducerEpoch: stale.producerEpoch,
      v3AndBelowTopics: [{ name: orders, partitions: [0] }],
    });
    return resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1;
  };
  const old = [await init(3), await end(1), await addOffsets(1), await addPartitions(1)];
  const present = [await init(4), await end(2), await addOffsets(2), await addPartitions(2)];
  expect([old.map(errorNameOf), present.map(errorNameOf)]).toEqual([
    Array(4).fill("INVALID_PRODUCER_EPOCH"),
    Array(4).fill("PRODUCER_FENCED"),
  ]);
});

test("brokers ask of several transactions at once, and may ask only", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  await producer.add(client, orders, 0);
  const { producerId, producerEpoch } = producer;
  const asked = (transactionalId: string, verifyOnly: boolean, partitions: number[]) => ({
    transactionalId,
    producerId: BigInt(producerId),
    producerEpoch,
    verifyOnly,
    topics: [{ name: orders, partitions }],
  });
  const { resultsByTransaction } = await client.call("addPartitionsToTxn", 5, {
    transactions: [
      asked(id, true, [0, 1]),
      asked("nobody", false, [0]),
      asked("", true, [0]),
      asked("gone", true, [0, 9]),
    ],
  });
  const codes = resultsByTransaction.map(({ topicResults }) =>
    topicResults.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => errorNameOf(partitionErrorCode)),
    ),
  );
  expect(codes).toEqual([
    ["NONE", "TRANSACTION_ABORTABLE"],
    ["INVALID_PRODUCER_ID_MAPPING"],
    ["INVALID_REQUEST"],
    ["OPERATION_NOT_ATTEMPTED", "UNKNOWN_TOPIC_OR_PARTITION"],
  ]);
});

test("offsets join a transaction with their group, and those of what is not there are refused", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  const commit = async (version: number, groupId: string, partitions: number[]) => {
    const { topics } = await client.call("txnOffsetCommit", version, {
      ...{ transactionalId: id, groupId, generationId: -1, memberId: "", groupInstanceId: null },
      producerId: BigInt(producer.producerId),
      producerEpoch: producer.producerEpoch,
      topics: [
        {
          name: orders,
          partitions: partitions.map((index) => {
            return { index, committedOffset: 5n, committedMetadata: "" };
          }),
        },
      ],
    });
    return topics[0]?.partitions.map(({ errorCode }) => errorNameOf(errorCode));
  };
  const { transactionStates } = await client.call("describeTransactions", 0, {
    transactionalIds: [id],
  });
  expect({
    before: transactionStates[0]?.topics,
    notAdded: [await commit(3, "g", [0]), await commit(4, "g", [0])],
    noGroup: await commit(5, "", [0]),
    missing: await commit(5, "", [9]),
    added: await commit(5, "g", [0, 9, 1]),
    after: await commit(3, "g", [1]),
    state: await stateOf(client),
  }).toEqual({
    before: [],
    notAdded: [["INVALID_TXN_STATE"], ["TRANSACTION_ABORTABLE"]],
    noGroup: ["INVALID_GROUP_ID"],
    missing: ["UNKNOWN_TOPIC_OR_PARTITION"],
    added: ["NONE", "UNKNOWN_TOPIC_OR_PARTITION", "NONE"],
    after: ["NONE"],
    state: "Ongoing",
  });
});

test("listTransactions() lists every id when no pattern is asked for, whatever its letters", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const ids = ["__proto__", "two\nlines"];
  for (const each of ids) await new TransactionalProducer({ id: each }).init(client);
  expect(await list(client, {})).toEqual(["NONE", [], ids]);
});

test("listTransactions() filters by state, producer, duration and pattern", async () => {
  const clock = new ManualClock();
  await using broker = await start({ clock });
  await using client = await RawClient.connect(broker);
  const [open, idle] = [
    new TransactionalProducer({ id: "open" }),
    new TransactionalProducer({ id: "idle" }),
  ];
  await open.init(client);
  await idle.init(client);
  clock.advance(5000);
  await open.add(client, orders, 0);
  clock.advance(1000);
  const pattern = (transactionalIdPattern: string) => list(client, { transactionalIdPattern });
  expect([
    await list(client, {}),
    await list(client, { stateFilters: ["Ongoing", "ongoing", "Dead"] }),
    await list(client, { producerIdFilters: [BigInt(idle.producerId), 999n] }),
    await list(client, { durationFilter: 999n }),
    await list(client, { durationFilter: 1000n }),
    await pattern("o.*"),
    await pattern("o"),
    await pattern("["),
  ]).toEqual([
    ["NONE", [], ["open", "idle"]],
    ["NONE", ["ongoing"], ["open"]],
    ["NONE", [], ["idle"]],
    ["NONE", [], ["open", "idle"]],
    ["NONE", [], ["idle"]],
    ["NONE", [], ["open"]],
    ["NONE", [], []],
    ["INVALID_REGULAR_EXPRESSION", [], []],
  ]);
});

test("a request is refused by a broker that does not coordinate its transactional id", async () => {
  await using broker = await start({ brokers: 3 });
  const clients = await connectAll(broker);
  const producer = new TransactionalProducer({ id });
  const errors = await Promise.all(clients.map((client) => producer.tryInit(client)));
  expect(errors.toSorted()).toEqual(["NONE", "NOT_COORDINATOR", "NOT_COORDINATOR"]);
  const states = await Promise.all(clients.map((client) => stateOf(client)));
  expect(states.toSorted()).toEqual(["Empty", "NOT_COORDINATOR", "NOT_COORDINATOR"]);
  const listed = await Promise.all(clients.map((client) => list(client, {})));
  expect(listed.flatMap(([, , ids]) => ids)).toEqual([id]);
});

test("a transaction of a deleted topic can be ended", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  await producer.produce(client, orders, 0, ["a"]);
  await client.call("deleteTopics", 1, { topicNames: [orders], timeoutMs: 1000 });
  expect([await producer.end(client, true), await stateOf(client)]).toEqual([
    "NONE",
    "CompleteCommit",
  ]);
});

test("a partition that nobody leads gets its marker when it has a leader again", async () => {
  const topics = [{ name: orders, partitions: 3, replicationFactor: 1 }];
  await using broker = await start({ brokers: 3, topics });
  const clients = await connectAll(broker);
  const producer = new TransactionalProducer({ id });
  const coordinator = broker.faults.moveCoordinator({ transactionalId: id, to: 0 });
  const [client, leader] = [clients[coordinator], clients[1]] as [RawClient, RawClient];
  await producer.init(client);
  broker.faults.moveLeader({ topic: orders, partition: 0, to: 0 });
  broker.faults.moveLeader({ topic: orders, partition: 1, to: 1 });
  await producer.produce(client, orders, 0, ["a"]);
  await producer.produce(leader, orders, 1, ["b"]);
  const stopped = await broker.faults.stop(1);
  const ended = await producer.end(client, true);
  const states = [await stateOf(client)];
  const others = await readCommitted(client, { topic: orders, partition: 0 });
  await stopped.restart();
  states.push(await stateOf(client));
  const [, restarted] = await connectAll(broker);
  const late = await readCommitted(restarted as RawClient, { topic: orders, partition: 1 });
  expect({ ended, states, others, late }).toEqual({
    ended: "NONE",
    states: ["PrepareCommit", "CompleteCommit"],
    others: ["a"],
    late: ["b"],
  });
});

test("a transaction goes on with another coordinator, whose markers are not refused", async () => {
  await using broker = await start({ brokers: 2 });
  const clients = await connectAll(broker);
  broker.faults.moveLeader({ topic: orders, partition: 0, to: 0 });
  const producer = new TransactionalProducer({ id });
  const ends: string[] = [];
  for (const at of [0, 1, 0, 1]) {
    broker.faults.moveCoordinator({ transactionalId: id, to: at });
    const coordinator = clients[at] as RawClient;
    if (producer.producerId < 0) await producer.init(coordinator);
    await producer.produce(clients[0] as RawClient, orders, 0, [`by ${at}`]);
    ends.push(await producer.end(coordinator, true));
  }
  expect([ends, await readCommitted(clients[0] as RawClient, { topic: orders })]).toEqual([
    ["NONE", "NONE", "NONE", "NONE"],
    ["by 0", "by 1", "by 0", "by 1"],
  ]);
});

test("a tool ends in a partition what hangs there", async () => {
  await using broker = await start();
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id });
  await producer.init(client);
  await producer.produce(client, orders, 0, ["hangs"]);
  const asked = {
    producerId: BigInt(producer.producerId),
    transactionResult: false,
    coordinatorEpoch: 0,
    topics: [{ name: orders, partitions: [0, 9] }],
  };
  const { producerEpoch } = producer;
  const write = async (epoch: number, changes: object = {}) => {
    const answer = await client.call("writeTxnMarkers", 1, {
      markers: [{ ...asked, producerEpoch: epoch, ...changes }],
    });
    return answer.markers[0]?.topics[0]?.partitions.map(({ errorCode }) => errorNameOf(errorCode));
  };
  const answers = [
    await write(producerEpoch, { producerId: -1n }),
    await write(producerEpoch, { producerId: 2n ** 63n - 1n }),
    await write(producerEpoch - 1),
    await write(producerEpoch),
  ];
  const values = await readCommitted(client, { topic: orders });
  const { topics } = await client.call("describeProducers", 0, {
    topics: [{ name: orders, partitions: [0] }],
  });
  const [known, ...others] = topics[0]?.partitions[0]?.activeProducers ?? [];
  expect([answers, values, others, known?.currentTxnStartOffset]).toEqual([
    [
      ["UNKNOWN_SERVER_ERROR", "UNKNOWN_TOPIC_OR_PARTITION"],
      ["UNKNOWN_SERVER_ERROR", "UNKNOWN_TOPIC_OR_PARTITION"],
      ["INVALID_PRODUCER_EPOCH", "UNKNOWN_TOPIC_OR_PARTITION"],
      ["NONE", "UNKNOWN_TOPIC_OR_PARTITION"],
    ],
    [],
    [],
    -1n,
  ]);
});
