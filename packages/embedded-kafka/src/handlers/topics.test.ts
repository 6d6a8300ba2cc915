// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const topic = (changes: object) => ({
  name: "t",
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...changes,
});

test("CreateTopics answers with Kafka's error codes, and makes what can be made", async () => {
  await using broker = await startBroker({ topics: [{ name: "there" }], defaultPartitions: 3 });
  await using client = await RawClient.connect(broker);
  const create = async (changes: object, validateOnly = false) => {
    const topics = [topic(changes)];
    const answer = await client.call("createTopics", 3, { topics, timeoutMs: 1_000, validateOnly });
    return answer.topics[0]?.errorCode;
  };
  const assigned = { numPartitions: -1, replicationFactor: -1 };
  const results = {
    name: await create({ name: "a b" }),
    there: await create({ name: "there" }),
    replicas: await create({ replicationFactor: 3 }),
    none: await create({ numPartitions: 0 }),
    million: await create({ numPartitions: 1_000_000 }),
    config: await create({ configs: [{ name: "retention", value: "1" }] }),
    configValue: await create({ configs: [{ name: "max.message.bytes", value: "-1" }] }),
    otherBroker: await create({ ...assigned, assignments: [{ index: 0, brokerIds: [1] }] }),
    gap: await create({ ...assigned, assignments: [{ index: 1, brokerIds: [0] }] }),
    both: await create({ assignments: [{ index: 0, brokerIds: [0] }] }),
    onlyChecked: await create({ name: "checked" }, true),
    defaults: await create({ name: "defaults", numPartitions: -1, replicationFactor: -1 }),
    assigned: await create({
      ...assigned,
      name: "assigned",
      assignments: [
        { index: 1, brokerIds: [0] },
        { index: 0, brokerIds: [0] },
      ],
    }),
  };
  const { topics } = await client.call("metadata", 6, { topics: null });
  const made = topics.map(({ name, partitions }) => [name, partitions.length]);
  expect({ results, made }).toEqual({
    results: {
      name: errorCodes.INVALID_TOPIC_EXCEPTION,
      there: errorCodes.TOPIC_ALREADY_EXISTS,
      replicas: errorCodes.INVALID_REPLICATION_FACTOR,
      none: errorCodes.INVALID_PARTITIONS,
      million: errorCodes.INVALID_PARTITIONS,
      config: errorCodes.INVALID_CONFIG,
      configValue: errorCodes.INVALID_CONFIG,
      otherBroker: errorCodes.INVALID_REPLICA_ASSIGNMENT,
      gap: errorCodes.INVALID_REPLICA_ASSIGNMENT,
      both: errorCodes.INVALID_REQUEST,
      onlyChecked: errorCodes.NONE,
      defaults: errorCodes.NONE,
      assigned: errorCodes.NONE,
    },
    made: [
      ["there", 3],
      ["defaults", 3],
      ["assigned", 2],
    ],
  });
});

test("CreatePartitions only adds", async () => {
  await using broker = await startBroker({ topics: [{ name: "t", partitions: 2 }] });
  await using client = await RawClient.connect(broker);
  const grow = async (name: string, count: number, assignments: number[][] | null = null) => {
    const topics = [
      { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null },
    ];
    const answer = await client.call("createPartitions", 1, {
      topics,
      timeoutMs: 1_000,
      validateOnly: false,
    });
    return answer.topics[0]?.errorCode;
  };
  expect([
    await grow("nope", 3),
    await grow("t", 2),
    await grow("t", 3, [[0], [0]]),
    await grow("t", 3, [[1]]),
    await grow("t", 3, [[0]]),
    await grow("t", 4),
  ]).toEqual([
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    errorCodes.INVALID_PARTITIONS,
    errorCodes.INVALID_REPLICA_ASSIGNMENT,
    errorCodes.INVALID_REPLICA_ASSIGNMENT,
    errorCodes.NONE,
    errorCodes.NONE,
  ]);
});

test("CreateTopics keeps a config that changes nothing here, shows it and says so", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using broker = await startBroker({ logger });
  await using client = await RawClient.connect(broker);
  const topics = [topic({ configs: [{ name: "retention.ms", value: "5" }] })];
  await client.call("createTopics", 3, { topics, timeoutMs: 1_000, validateOnly: false });
  const resources = [
    { resourceType: 2, resourceName: "t", configNames: ["retention.ms", "cleanup.policy"] },
    { resourceType: 4, resourceName: "0", configNames: ["num.partitions"] },
    { resourceType: 2, resourceName: "nope", configNames: null },
  ];
  const { results } = await client.call("describeConfigs", 2, {
    resources,
    includeSynonyms: false,
  });
  const seen = results.map(({ errorCode, configs }) => [
    errorCode,
    ...configs.map(({ name, value, source }) => [name, value, source]),
  ]);
  expect({ seen, warned: logger.warn.mock.calls }).toEqual({
    seen: [
      [errorCodes.NONE, ["cleanup.policy", "delete", 5], ["retention.ms", "5", 1]],
      [errorCodes.NONE, ["num.partitions", "1", 4]],
      [errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
    ],
    warned: [["Config 'retention.ms' of topic 't' is kept but changes nothing here"]],
  });
});
