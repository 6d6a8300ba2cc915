// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { produceOf } from "./records.testing.ts";

const [topicType, brokerType] = [2, 4];
const operations = { set: 0, delete: 1, append: 2 };

function createLogger() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

/** Changes one config of a broker, or of all; without a value it is unset. */
async function change(
  client: RawClient,
  broker: string,
  name: string,
  value?: string,
  operation: keyof typeof operations = value === undefined ? "delete" : "set",
) {
  const configs = [{ name, configOperation: operations[operation], value: value ?? null }];
  const { responses } = await client.call("incrementalAlterConfigs", 1, {
    resources: [{ resourceType: brokerType, resourceName: broker, configs }],
    validateOnly: false,
  });
  return [responses[0]?.errorCode, responses[0]?.errorMessage];
}

/** The configs of something that were set by clients, or one by its name. */
async function describe(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  config?: string,
) {
  const configNames = config === undefined ? null : [config];
  const { results } = await client.call("describeConfigs", 4, {
    resources: [{ resourceType, resourceName, configNames }],
    includeSynonyms: true,
  });
  const described = results[0]?.configs ?? [];
  return described
    .filter(({ source }) => config !== undefined || source < 4)
    .map(({ name, value, source, readOnly, isSensitive, configType, synonyms }) => {
      return [name, value, source, readOnly, isSensitive, configType, synonyms.length];
    });
}

// What these expect is what Apache Kafka 4.3.1 answers, but for what is said of one broker.
test("IncrementalAlterConfigs keeps configs of brokers that it does not know, without their values", async () => {
  const logger = createLogger();
  await using broker = await startBroker({ logger });
  await using client = await RawClient.connect(broker);
  const answers = [
    await change(client, "0", "cleanup.policy", "delete"),
    await change(client, "", "any", "thing"),
    await change(client, "0", "any", "other"),
    await change(client, "0", "absent"),
  ];
  expect(answers).toEqual(Array(4).fill([errorCodes.NONE, null]));
  expect(await describe(client, brokerType, "0")).toEqual([
    ["any", null, 2, true, true, 0, 2],
    ["cleanup.policy", null, 2, true, true, 0, 1],
    ["min.insync.replicas", "1", 3, false, false, 3, 2],
  ]);
  expect(logger.warn.mock.calls).toEqual([
    ["Config 'cleanup.policy' of broker 0 is kept but changes nothing here"],
    ["Config 'any' of all brokers is kept but changes nothing here"],
    ["Config 'any' of broker 0 is kept but changes nothing here"],
  ]);
  await change(client, "0", "any");
  expect(await describe(client, brokerType, "0", "any")).toEqual([
    ["any", null, 3, true, true, 0, 1],
  ]);
});

test("IncrementalAlterConfigs sets what topics have where nothing was set for them, also after a restart", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "labwire-embedded-kafka-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const topics = [{ name: "t" }, { name: "own", configs: { "max.message.bytes": "5000" } }];
  const produce = async (client: RawClient, name: string) => {
    const request = produceOf(["x".repeat(1000)], { name });
    const { topics } = await client.call("produce", 9, request);
    return topics[0]?.partitions[0]?.errorCode;
  };
  const seen: unknown[] = [];
  for (const isRestart of [false, true]) {
    await using broker = await startBroker({ dataDir, topics });
    await using client = await RawClient.connect(broker);
    if (!isRestart) {
      seen.push(await produce(client, "t"));
      await change(client, "", "message.max.bytes", "500");
      await change(client, "", "log.retention.ms", "77777");
    }
    seen.push(
      [await produce(client, "t"), await produce(client, "own")],
      await describe(client, topicType, "t", "max.message.bytes"),
      await describe(client, topicType, "own", "max.message.bytes"),
      await describe(client, topicType, "t", "retention.ms"),
    );
    if (!isRestart) continue;
    seen.push(await describe(client, brokerType, ""));
    await change(client, "", "message.max.bytes");
    seen.push(await produce(client, "t"));
  }
  const changed = [
    [errorCodes.MESSAGE_TOO_LARGE, errorCodes.NONE],
    [["max.message.bytes", "500", 3, false, false, 3, 2]],
    [["max.message.bytes", "5000", 1, false, false, 3, 3]],
    [["retention.ms", "77777", 3, false, false, 5, 1]],
  ];
  const set = [
    ["min.insync.replicas", "1", 3, false, false, 3, 1],
    ["message.max.bytes", "500", 3, false, false, 3, 1],
    ["log.retention.ms", "77777", 3, false, false, 5, 1],
  ];
  expect(seen).toEqual([errorCodes.NONE, ...changed, ...changed, set, errorCodes.NONE]);
});

test.each([
  ["0", "broker.id", "7", "Cannot update these configs dynamically: [broker.id]"],
  ["", "num.partitions", "3", "Cannot update these configs dynamically: [num.partitions]"],
  [
    "",
    "log.retention.ms",
    "x",
    "Invalid value x for configuration log.retention.ms: Not a number of type LONG",
  ],
  ["1", "any", "thing", "Unexpected broker id, expected 0, but received 1"],
  ["x", "any", "thing", "Node id must be an integer, but it is: x"],
  [
    "0",
    "log.retention.ms",
    "5",
    "Cannot update these configs for one broker, as all share the logs: [log.retention.ms]",
  ],
])(
  "IncrementalAlterConfigs refuses to set for broker %j %s to %s",
  async (name, config, value, message) => {
    await using broker = await startBroker({ logger: createLogger() });
    await using client = await RawClient.connect(broker);
    const answer = await change(client, name, config, value);
    expect(answer).toEqual([errorCodes.INVALID_REQUEST, message]);
  },
);

test("IncrementalAlterConfigs leaves all brokers their in-sync replicas, and adds to lists alone", async () => {
  await using broker = await startBroker({ logger: createLogger() });
  await using client = await RawClient.connect(broker);
  expect([
    await change(client, "", "min.insync.replicas"),
    (await change(client, "", "any", "thing", "append"))[0],
    await change(client, "", "log.cleanup.policy", "compact", "append"),
  ]).toEqual([
    [
      errorCodes.INVALID_CONFIG,
      "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
    ],
    errorCodes.INVALID_CONFIG,
    [errorCodes.NONE, null],
  ]);
  expect(await describe(client, brokerType, "0", "log.cleanup.policy")).toEqual([
    ["log.cleanup.policy", "delete,compact", 3, false, false, 7, 2],
  ]);
});

test("AlterConfigs replaces all configs of a broker", async () => {
  await using broker = await startBroker({ logger: createLogger() });
  await using client = await RawClient.connect(broker);
  await change(client, "0", "any", "thing");
  const configs = [{ name: "cleanup.policy", value: "delete" }];
  const { responses } = await client.call("alterConfigs", 2, {
    resources: [{ resourceType: brokerType, resourceName: "0", configs }],
    validateOnly: false,
  });
  const described = await describe(client, brokerType, "0");
  expect([responses[0]?.errorCode, described.map(([name]) => name)]).toEqual([
    errorCodes.NONE,
    ["cleanup.policy", "min.insync.replicas"],
  ]);
});
