// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { fetchOf, produceOf } from "./records.testing.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const types = { topic: 2, broker: 4, brokerLogger: 8 };
const operations = { set: 0, delete: 1, append: 2, subtract: 3 };

type Change = [name: string, operation: keyof typeof operations, value?: string | null];

/** Changes configs of the topic "t", or of something else. Returns the error code. */
async function change(client: RawClient, changes: Change[], resource: object = {}) {
  const configs = changes.map(([name, operation, value = null]) => {
    return { name, configOperation: operations[operation], value };
  });
  const answer = await client.call("incrementalAlterConfigs", 1, {
    resources: [{ resourceType: types.topic, resourceName: "t", configs, ...resource }],
    validateOnly: "validateOnly" in resource,
  });
  return answer.responses[0]?.errorCode;
}

/** The configs that were set for the topic "t". */
async function configsOf(client: RawClient) {
  const resources = [{ resourceType: types.topic, resourceName: "t", configNames: null }];
  const { results } = await client.call("describeConfigs", 4, { resources });
  const own = results[0]?.configs.filter(({ source }) => source === 1) ?? [];
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

test("IncrementalAlterConfigs sets and unsets configs, and adds to lists and takes from them", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const steps: unknown[] = [];
  const step = async (...changes: Change[]) => {
    steps.push([await change(client, changes), await configsOf(client)]);
  };
  await step(["retention.ms", "set", "5"], ["cleanup.policy", "append", "compact"]);
  await step(["cleanup.policy", "subtract", "delete"], ["retention.ms", "delete"]);
  await step(["cleanup.policy", "append", "compact,delete"]);
  await step(["cleanup.policy", "delete"], ["flush.ms", "delete"]);
  expect(steps).toEqual([
    [errorCodes.NONE, { "retention.ms": "5", "cleanup.policy": "delete,compact" }],
    [errorCodes.NONE, { "cleanup.policy": "compact" }],
    [errorCodes.NONE, { "cleanup.policy": "compact,delete" }],
    [errorCodes.NONE, {}],
  ]);
});

test("IncrementalAlterConfigs changes all that a resource asks for, or nothing", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const set: Change = ["retention.ms", "set", "5"];
  const seen = {
    value: await change(client, [set, ["flush.ms", "set", "x"]]),
    unknown: await change(client, [set, ["nope", "set", "1"]]),
    prototype: await change(client, [set, ["__proto__", "set", "1"]]),
    noList: await change(client, [set, ["flush.ms", "append", "1"]]),
    noValue: await change(client, [set, ["flush.ms", "set"]]),
    twice: await change(client, [set, set]),
    checked: await change(client, [set], { validateOnly: true }),
    topic: await change(client, [set], { resourceName: "nope" }),
    name: await change(client, [set, ["nope", "set", "1"]], { resourceName: "a b" }),
    broker: await change(client, [set], { resourceType: types.broker, resourceName: "1" }),
    logger: await change(client, [set], { resourceType: types.brokerLogger, resourceName: "0" }),
    type: await change(client, [set], { resourceType: 99 }),
  };
  expect({ seen, configs: await configsOf(client) }).toEqual({
    seen: {
      value: errorCodes.INVALID_CONFIG,
      unknown: errorCodes.INVALID_CONFIG,
      prototype: errorCodes.INVALID_CONFIG,
      noList: errorCodes.INVALID_CONFIG,
      noValue: errorCodes.INVALID_REQUEST,
      twice: errorCodes.INVALID_REQUEST,
      checked: errorCodes.NONE,
      topic: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      name: errorCodes.INVALID_TOPIC_EXCEPTION,
      broker: errorCodes.INVALID_REQUEST,
      logger: errorCodes.INVALID_REQUEST,
      type: errorCodes.INVALID_REQUEST,
    },
    configs: {},
  });
});

test("AlterConfigs replaces all configs of a topic", async () => {
  const topics = [{ name: "t", configs: { "retention.ms": "5", "cleanup.policy": "compact" } }];
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  const alter = async (configs: { name: string; value: string | null }[], validateOnly = false) => {
    const resources = [{ resourceType: types.topic, resourceName: "t", configs }];
    const answer = await client.call("alterConfigs", 2, { resources, validateOnly });
    return answer.responses[0]?.errorCode;
  };
  const before = await configsOf(client);
  const codes = [
    await alter([{ name: "retention.ms", value: "x" }]),
    await alter([{ name: "retention.ms", value: null }]),
    await alter([], true),
  ];
  const kept = await configsOf(client);
  codes.push(await alter([{ name: "retention.ms", value: "6" }]));
  expect([before, codes, kept, await configsOf(client)]).toEqual([
    { "retention.ms": "5", "cleanup.policy": "compact" },
    [errorCodes.INVALID_CONFIG, errorCodes.INVALID_REQUEST, errorCodes.NONE, errorCodes.NONE],
    before,
    { "retention.ms": "6" },
  ]);
});

test("IncrementalAlterConfigs changes what the topic's logs do from then on", async () => {
  const clock = new ManualClock();
  const retentionCheckMs = 1_000;
  await using broker = await startBroker({ clock, retentionCheckMs, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const produce = async (value: string) => {
    const answer = await client.call("produce", 9, produceOf([value]));
    return answer.topics[0]?.partitions[0]?.errorCode;
  };
  const codes = [await produce("a".repeat(100))];
  await change(client, [["max.message.bytes", "set", "100"]]);
  codes.push(await produce("a".repeat(100)));
  await change(client, [["max.message.bytes", "delete"]]);
  codes.push(await produce("a".repeat(100)));
  clock.advance(10 * retentionCheckMs);
  const kept = await client.call("fetch", 12, fetchOf({ offset: 1n }));
  await change(client, [["retention.ms", "set", "500"]]);
  clock.advance(retentionCheckMs);
  const dropped = await client.call("fetch", 12, fetchOf({ offset: 2n }));
  const startOf = ({ topics }: typeof kept) => topics[0]?.partitions[0]?.logStartOffset;
  expect([codes, startOf(kept), startOf(dropped)]).toEqual([
    [errorCodes.NONE, errorCodes.MESSAGE_TOO_LARGE, errorCodes.NONE],
    0n,
    2n,
  ]);
});

test("DescribeConfigs tells configs with what they would be otherwise, and what they are for", async () => {
  const topics = [{ name: "t", configs: { "cleanup.policy": "compact" } }];
  await using broker = await startBroker({ topics, defaultPartitions: 4 });
  await using client = await RawClient.connect(broker);
  const describe = async (resourceType: number, resourceName: string, configNames: string[]) => {
    const { results } = await client.call("describeConfigs", 4, {
      resources: [{ resourceType, resourceName, configNames }],
      includeSynonyms: true,
      includeDocumentation: true,
    });
    return results[0];
  };
  const topic = await describe(types.topic, "t", ["cleanup.policy", "retention.ms", "nope"]);
  const brokers = await describe(types.broker, "0", ["num.partitions", "message.max.bytes"]);
  const seen = [topic, brokers].map((result) =>
    result?.configs.map(({ name, value, source, readOnly, configType, synonyms }) => {
      return [name, value, source, readOnly, configType, synonyms.map((one) => one.name)];
    }),
  );
  const documented = topic?.configs.every(({ documentation }) => documentation);
  expect([seen, documented]).toEqual([
    [
      [
        ["cleanup.policy", "compact", 1, false, 7, ["cleanup.policy", "log.cleanup.policy"]],
        ["retention.ms", "604800000", 5, false, 5, []],
      ],
      [
        ["message.max.bytes", "1048588", 5, false, 3, ["message.max.bytes"]],
        ["num.partitions", "4", 4, true, 3, ["num.partitions"]],
      ],
    ],
    true,
  ]);
});

test("DescribeConfigs refuses what there is not", async () => {
  await using broker = await startBroker({ logger: silent });
  await using client = await RawClient.connect(broker);
  const resources = [
    [types.topic, "nope"],
    [types.topic, "a b"],
    [types.broker, "1"],
    [types.broker, "x"],
    [99, "x"],
    [types.brokerLogger, "0"],
  ] as const;
  const { results } = await client.call("describeConfigs", 1, {
    resources: resources.map(([resourceType, resourceName]) => {
      return { resourceType, resourceName, configNames: null };
    }),
  });
  expect(results.map(({ errorCode, configs }) => [errorCode, configs.length])).toEqual([
    [errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 0],
    [errorCodes.INVALID_TOPIC_EXCEPTION, 0],
    [errorCodes.INVALID_REQUEST, 0],
    [errorCodes.INVALID_REQUEST, 0],
    [errorCodes.INVALID_REQUEST, 0],
    [errorCodes.NONE, 0],
  ]);
});

test("ListConfigResources lists topics and brokers", async () => {
  await using broker = await startBroker({ brokers: 2, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const list = async (version: number, resourceTypes: number[]) => {
    const answer = await client.call("listConfigResources", version, { resourceTypes });
    const names = answer.configResources.map((one) => [one.resourceType, one.resourceName]);
    return [answer.errorCode, names];
  };
  const brokers = (type: number) => [
    [type, "0"],
    [type, "1"],
  ];
  expect([await list(1, []), await list(1, [4]), await list(1, [99]), await list(0, [])]).toEqual([
    [errorCodes.NONE, [[types.topic, "t"], ...brokers(4), ...brokers(8)]],
    [errorCodes.NONE, brokers(4)],
    [errorCodes.UNSUPPORTED_VERSION, []],
    [errorCodes.NONE, []],
  ]);
});
