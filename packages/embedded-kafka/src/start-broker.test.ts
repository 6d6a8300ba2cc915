// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClient } from "./kafkajs.testing.ts";
import { consoleLogger } from "./logger.ts";
import { errorCodes } from "./protocol/error-codes.ts";
import { RawClient } from "./raw-client.testing.ts";
import { startBroker } from "./start-broker.ts";
import { openDataDir } from "./storage/data-dir.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** What a descriptor of this process is open on; nothing when it is closed meanwhile. */
function pathOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

test("startBroker() makes topics that clients ask for, unless that is off", async () => {
  const topicsOf = async (autoCreateTopics: boolean) => {
    await using broker = await startBroker({ autoCreateTopics, defaultPartitions: 2 });
    await using client = await RawClient.connect(broker);
    const asked = [{ name: "wanted" }, { name: "not a name" }];
    const { topics } = await client.call("metadata", 4, { topics: asked });
    return topics.map(({ errorCode, partitions }) => [errorCode, partitions.length]);
  };
  expect([await topicsOf(true), await topicsOf(false)]).toEqual([
    [
      [errorCodes.NONE, 2],
      [errorCodes.INVALID_TOPIC_EXCEPTION, 0],
    ],
    [
      [errorCodes.UNKNOWN_TOPIC_OR_PARTITION, 0],
      [errorCodes.INVALID_TOPIC_EXCEPTION, 0],
    ],
  ]);
});

test("startBroker() leaves a topic as it is, and says so, when other partitions are asked for", async () => {
  await (await startBroker({ dataDir, topics: [{ name: "t", partitions: 2 }] })).close();
  const warn = vi.fn();
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const topics = [{ name: "t", partitions: 3 }];
  await using broker = await startBroker({ dataDir, topics, logger });
  await using client = await RawClient.connect(broker);
  const metadata = await client.call("metadata", 1, { topics: null });
  expect([metadata.topics[0]?.partitions.length, warn.mock.calls]).toEqual([
    2,
    [["Topic 't' keeps its 2 partitions: 3 were asked for"]],
  ]);
});

test("startBroker() refuses a data directory that another broker uses, and keeps that one whole", async () => {
  await using broker = await startBroker({ dataDir, topics: [{ name: "t" }] });
  await expect(startBroker({ dataDir })).rejects.toThrow(
    expect.objectContaining({
      code: "data_locked",
      message: expect.stringContaining(`the broker of process ${process.pid} uses it`),
    }),
  );
  const producer = createClient(broker.brokers).producer();
  await producer.connect();
  const [sent] = await producer.send({ topic: "t", messages: [{ value: "a" }] });
  await producer.disconnect();
  expect(sent?.errorCode).toBe(0);
});

test("startBroker() names host and port when the port is taken, and leaves nothing locked", async () => {
  await using broker = await startBroker();
  const { port } = broker;
  await expect(startBroker({ port, dataDir })).rejects.toThrow(
    expect.objectContaining({
      code: "address_in_use",
      message: `Cannot listen on 127.0.0.1:${port}: the port is in use`,
    }),
  );
  await (await startBroker({ dataDir })).close();
});

test.each([
  [
    { port: 70_000 },
    "'port of listener PLAINTEXT' must be an integer from 0 to 65535: current value is 70000",
  ],
  [
    { topics: [{ name: "a b" }] },
    'a topic\'s name must be 1 to 249 of a-z, A-Z, 0-9, ., _ and -: "a b"',
  ],
  [
    { topics: [{ name: "a", partitions: 0 }] },
    "'partitions of topic a' must be an integer from 1 to 10000: current value is 0",
  ],
  [
    { defaultPartitions: 0 },
    "'defaultPartitions' must be an integer from 1 to 10000: current value is 0",
  ],
])("startBroker() throws when an option is wrong: %o", async (options, reason) => {
  await expect(startBroker(options)).rejects.toThrow(
    expect.objectContaining({ code: "config", message: `Cannot start the broker as ${reason}` }),
  );
});

test("Broker.close() frees the port, and does nothing the second time", async () => {
  const broker = await startBroker();
  await Promise.all([broker.close(), broker.close()]);
  const again = await startBroker({ port: broker.port });
  await broker.close();
  await again.close();
});

test.runIf(process.platform === "linux")(
  "startBroker() keeps no file open when it cannot read all of its data",
  async () => {
    const topics = [{ name: "t", partitions: 3 }];
    const before = await startBroker({ dataDir, topics });
    const producer = createClient(before.brokers).producer();
    await producer.connect();
    const messages = [0, 1, 2].map((partition) => ({ partition, value: "a" }));
    await producer.send({ topic: "t", messages });
    await producer.disconnect();
    await before.close();
    writeFileSync(join(dataDir, "transactions.jsonl"), "not JSON\nnot JSON\n");
    await expect(startBroker({ dataDir })).rejects.toMatchObject({ code: "storage" });
    const open = readdirSync("/proc/self/fd").map(pathOf);
    expect(open.filter((path) => path.startsWith(dataDir))).toEqual([]);
  },
);

test("startBroker() forgets the committed offsets of topics that a kill left half deleted", async () => {
  const options = { syncs: false, logger: consoleLogger };
  const before = openDataDir(dataDir, options);
  const key = JSON.stringify(["g", "gone", 0]);
  before.journal("offsets").save(new Map([[key, ["7", -1, "", 0, 1]]]));
  before.close();
  await (await startBroker({ dataDir })).close();
  const after = openDataDir(dataDir, options);
  expect([...after.journal("offsets").entries]).toEqual([]);
  after.close();
});

test("CreateTopics and CreatePartitions answer what the disk says when it refuses", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using broker = await startBroker({ dataDir, topics: [{ name: "there" }], logger });
  await using client = await RawClient.connect(broker);
  rmSync(join(dataDir, "logs"), { recursive: true });
  writeFileSync(join(dataDir, "logs"), "in the way");
  const options = { timeoutMs: 1_000, validateOnly: false };
  const topic = { name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const created = await client.call("createTopics", 3, { topics: [topic], ...options });
  const growth = [{ name: "there", count: 2, assignments: null }];
  const grown = await client.call("createPartitions", 1, { topics: growth, ...options });
  const { topics } = await client.call("metadata", 4, {
    topics: null,
    allowAutoTopicCreation: false,
  });
  const answers = [...created.topics, ...grown.topics].map(({ errorCode, errorMessage }) => [
    errorCode,
    errorMessage?.replace(/: .*/, ""),
  ]);
  const left = topics?.map(({ name, partitions }) => [name, partitions.length]);
  expect({ answers, left, logged: logger.error.mock.calls.length }).toEqual({
    answers: [
      [errorCodes.KAFKA_STORAGE_ERROR, "Cannot create the topic 't'"],
      [errorCodes.KAFKA_STORAGE_ERROR, "Cannot add partitions to the topic 'there'"],
    ],
    left: [["there", 1]],
    logged: 2,
  });
});
