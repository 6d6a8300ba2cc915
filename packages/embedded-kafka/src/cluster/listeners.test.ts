// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test, vi } from "vitest";
import { certificate } from "../../behaviour/certificate.ts";
import type { BrokerOptions } from "../broker-options.ts";
import type { EmbeddedKafkaError } from "../embedded-kafka-error.ts";
import { createClient } from "../kafkajs.testing.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { startBroker } from "../start-broker.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { Cluster } from "./cluster.ts";
import type { Listener } from "./listener.ts";
import type { Node } from "./node.ts";

const users = [{ name: "app", password: "app-secret" }];

function quiet() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

/** Starts a broker at ports that are free: below those that the machine gives to others. */
async function startAtFreePorts(options: (port: number) => BrokerOptions) {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    try {
      return { port, broker: await startBroker(options(port)) };
    } catch (error) {
      if ((error as EmbeddedKafkaError).code !== "address_in_use") throw error;
    }
  }
}

test("startBroker() lays fixed ports out by broker when there are several listeners", async () => {
  const tls = await certificate();
  const { port, broker: started } = await startAtFreePorts((port) => ({
    brokers: 3,
    users,
    listeners: [
      { port },
      { port: port + 1, tls },
      { port: port + 2, tls, sasl: ["PLAIN", "SCRAM-SHA-512"] },
    ],
  }));
  await using broker = started;
  const at = (...steps: number[]) => steps.map((step) => `127.0.0.1:${port + step}`);
  expect([
    broker.brokers,
    broker.addresses("PLAINTEXT"),
    broker.addresses("SSL"),
    broker.addresses("SASL_SSL"),
  ]).toEqual([at(0, 3, 6), at(0, 3, 6), at(1, 4, 7), at(2, 5, 8)]);
  expect(() => broker.addresses("TLS")).toThrow(
    "Cannot tell the addresses of 'TLS': listeners are 'PLAINTEXT', 'SSL', 'SASL_SSL'",
  );
});

test("Metadata tells the addresses of the listener by which it was asked", async () => {
  const tls = await certificate();
  await using broker = await startBroker({
    brokers: 2,
    users,
    listeners: [{}, { tls }, { tls, sasl: ["SCRAM-SHA-256"] }],
  });
  const ssl = { ca: tls.cert };
  const sasl = { mechanism: "scram-sha-256", username: "app", password: "app-secret" } as const;
  const seen = [];
  for (const [name, config] of [
    ["PLAINTEXT", {}],
    ["SSL", { ssl }],
    ["SASL_SSL", { ssl, sasl }],
  ] as const) {
    const admin = createClient(broker.addresses(name), config).admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.disconnect();
    seen.push(brokers.map(({ host, port }) => `${host}:${port}`));
  }
  const names = ["PLAINTEXT", "SSL", "SASL_SSL"];
  expect(seen).toEqual(names.map((name) => broker.addresses(name)));
});

test("Metadata tells the advertised address when there is one", async () => {
  await using broker = await startBroker({
    brokers: 2,
    listeners: [
      { name: "INSIDE" },
      { name: "OUTSIDE", advertisedHost: "kafka.test", advertisedPort: 19_092 },
    ],
  });
  await using client = await RawClient.connect(broker);
  const inside = await client.call("metadata", 1, { topics: [] });
  expect([
    inside.brokers.map(({ host, port }) => `${host}:${port}`),
    broker.addresses("OUTSIDE"),
  ]).toEqual([broker.brokers, ["kafka.test:19092", "kafka.test:19094"]]);
});

test("Metadata tells where the client found the broker when it listens on all addresses", async () => {
  await using broker = await startBroker({ host: "0.0.0.0" });
  await using client = await RawClient.connect({ host: "127.0.0.1", port: broker.port });
  const { brokers } = await client.call("metadata", 1, { topics: [] });
  expect(brokers).toEqual([{ nodeId: 0, host: "127.0.0.1", port: broker.port, rack: null }]);
});

test("a client harms nobody when it speaks plaintext to TLS, or does not end the handshake", async () => {
  const tls = await certificate();
  const logger = quiet();
  const broker = await startBroker({ listeners: [{ tls }], logger });
  const plain = await RawClient.connect(broker);
  plain.send(Buffer.from("00120000000000010000", "hex"));
  expect(await plain.frame()).toBeUndefined();
  const silent = connect(broker);
  await once(silent, "connect");
  silent.write(Buffer.from("160301", "hex")); // The beginning of a ClientHello.
  silent.on("error", () => {});

  const secure = connectTls({ ...broker, ca: tls.cert });
  await once(secure, "secureConnect");
  const client = new RawClient(secure);
  const { brokers } = await client.call("metadata", 1, { topics: [] });
  const closed = Promise.all([once(silent, "close"), once(secure, "close")]);
  await broker.close();
  await closed;
  expect([brokers.length, logger.warn.mock.calls, logger.error.mock.calls]).toEqual([
    1,
    [["Closed a connection to SSL: its client does not do TLS", { error: expect.any(String) }]],
    [],
  ]);
});

test("the broker closes connections when there are more than may be", async () => {
  const logger = quiet();
  await using broker = await startBroker({ maxConnections: 2, logger });
  await using first = await RawClient.connect(broker);
  await using second = await RawClient.connect(broker);
  await second.call("metadata", 1, { topics: [] });
  await using third = await RawClient.connect(broker);
  expect(await third.frame()).toBeUndefined();
  await first[Symbol.asyncDispose]();
  await vi.waitUntil(async () => {
    const again = await RawClient.connect(broker);
    const answered = again.call("metadata", 1, { topics: [] });
    const isAnswered = await answered.then(() => true).catch(() => false);
    await again[Symbol.asyncDispose]();
    return isAnswered;
  });
  expect(logger.warn.mock.calls[0]).toEqual([
    "Closed a connection from 127.0.0.1: there are 2 already",
  ]);
});

const tls = { key: "no key", cert: "no certificate" };
const cases: readonly [string, BrokerOptions][] = [
  ["'listeners' must have one at least", { listeners: [] }],
  ["'port' is of no listener where 'listeners' are given: 9092", { port: 9092, listeners: [{}] }],
  ['there are two listeners named "PLAINTEXT"', { listeners: [{}, {}] }],
  ["'host' of listener PLAINTEXT must not be empty", { host: "" }],
  [
    "'port of listener PLAINTEXT' must be an integer from 0 to 65534: current value is 65535",
    { port: 65_535, brokers: 2 },
  ],
  [
    "'advertisedPort of listener PLAINTEXT' must be an integer from 1 to 65535: current value is 0",
    { listeners: [{ advertisedPort: 0 }] },
  ],
  [
    "127.0.0.1:9093 is given twice: to listener B of broker 0 and to listener A of broker 1",
    {
      brokers: 2,
      listeners: [
        { name: "A", port: 9091 },
        { name: "B", port: 9093, host: "0.0.0.0" },
      ],
    },
  ],
  ["'tls' of listener SSL must have 'key' and 'cert', or 'pfx'", { listeners: [{ tls: {} }] }],
  ["'tls' of listener SSL cannot be used", { listeners: [{ tls }] }],
  [
    "listener SASL_PLAINTEXT lets nobody in: it has 'sasl', and there are no 'users'",
    { listeners: [{ sasl: ["PLAIN"] }] },
  ],
  [
    '\'sasl\' of listener SASL_PLAINTEXT must be of "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512": current value is "GSSAPI"',
    { users, listeners: [{ sasl: ["GSSAPI" as "PLAIN"] }] },
  ],
  ["'brokers' must be an integer from 1 to 100: current value is 0", { brokers: 0 }],
];

test.each(cases)("startBroker() says that %s when it gets %j", async (reason, options) => {
  const error = await startBroker(options).catch((thrown) => thrown);
  expect([error.code, error.message]).toEqual([
    "config",
    expect.stringContaining(`Cannot start the broker as ${reason}`),
  ]);
});

test("Broker.close() resolves when the connections of all listeners have ended", async () => {
  const tls = await certificate();
  const options = resolveOptions({ listeners: [{}, { tls }] });
  const cluster = new Cluster(options, createMemoryStorage("id"));
  cluster.topics.create({ name: "t", partitions: 1 });
  await cluster.start();
  const [node] = cluster.nodes as [Node];
  const [plain, secure] = options.listeners as [Listener, Listener];
  const partitions = [{ index: 0, fetchOffset: 0n, maxBytes: 1_000 }];
  const wait = { replicaId: -1, maxWaitMs: 60_000, minBytes: 1, maxBytes: 1_000 };
  const sockets = [
    connect(node.address(plain)),
    connectTls({ ...node.address(secure), ca: tls.cert }),
  ];
  const clients = sockets.map((socket) => new RawClient(socket));
  const answers = clients.map((client) => {
    return client
      .call("fetch", 4, { ...wait, isolationLevel: 0, topics: [{ name: "t", partitions }] })
      .catch(() => "cut");
  });
  await vi.waitUntil(
    () =>
      [...cluster.connections].filter(({ lastClientId }) => lastClientId === "raw").length === 2,
    { interval: 1 },
  );
  await cluster.close();
  const { size } = cluster.connections;
  expect([size, await Promise.all(answers)]).toEqual([0, ["cut", "cut"]]);
});
