// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { BrokerOptions } from "./broker-options.ts";
import { resolveOptions } from "./resolve-options.ts";

test("resolveOptions() takes an explicit undefined for the default", () => {
  const { defaultPartitions, fsync } = resolveOptions({
    defaultPartitions: undefined,
    fsync: undefined,
  } as BrokerOptions);
  expect([defaultPartitions, fsync]).toEqual([1, "never"]);
});

test("resolveOptions() gives topics the defaults: as many replicas as brokers, up to 3", () => {
  const topics = [{ name: "a" }, { name: "b", partitions: 4, replicationFactor: 1 }];
  const factorsOf = (brokers: number) =>
    resolveOptions({ brokers, topics }).topics.map(({ replicationFactor }) => replicationFactor);
  expect([1, 2, 3, 4].map(factorsOf)).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
    [3, 1],
  ]);
});

test("resolveOptions() has consumers heard of within their session when that is short", () => {
  const intervals = [45_000, 3_000, 2].map((consumerSessionTimeoutMs) => {
    return resolveOptions({ consumerSessionTimeoutMs }).consumerHeartbeatIntervalMs;
  });
  expect(intervals).toEqual([5_000, 1_000, 1]);
});

test.each<[string, object]>([
  ["there is no option 'autoCreate'", { autoCreate: true }],
  ["'defaultReplicationFactor' must be an integer from 1 to 1", { defaultReplicationFactor: 2 }],
  ["'retentionCheckMs' must be an integer from 1 to 2147483647", { retentionCheckMs: 0.5 }],
  ["'maxConnections' must be an integer from 1", { maxConnections: "many" }],
  [
    "'port of listener PLAINTEXT' must be an integer from 0 to 65535: current value is \"9092\"",
    { port: "9092" },
  ],
  ['\'fsync\' must be "never" or "always": current value is "often"', { fsync: "often" }],
  ["a topic's name must be 1 to 249 of", { topics: [{ name: "a b" }] }],
  ['there are two topics named "a"', { topics: [{ name: "a" }, { name: "a" }] }],
  [
    'topics "a.b" and "a_b" are the same in Kafka\'s metrics',
    { topics: [{ name: "a.b" }, { name: "a_b" }] },
  ],
  [
    "a config of topic a is wrong: Unknown topic config name: retention",
    { topics: [{ name: "a", configs: { retention: "1" } }] },
  ],
  [
    "a config of topic a is wrong: 'retention.ms' must be a string: current value is 100",
    { topics: [{ name: "a", configs: { "retention.ms": 100 } }] },
  ],
  ["'topics' must be a list of objects", { topics: ["a"] }],
  ["'users' must be a list of objects", { users: { name: "a", password: "x" } }],
  ["'listeners' must be a list of objects", { listeners: { port: 9092 } }],
  ["'host' of listener PLAINTEXT must be a string: current value is 5", { host: 5 }],
  ["'dataDir' must be a path: current value is \"5\"", { dataDir: 5 }],
  ["'logger' must have a method 'debug'", { logger: { warn() {}, error() {} } }],
  ["'clock' must have a method 'every'", { clock: { now: Date.now, after: () => () => {} } }],
  ["a user must have a name", { users: [{ name: "", password: "x" }] }],
  ["'dataDir' must be a path: current value is \"\"", { dataDir: "" }],
  ["there is no option 'partition' of topic a", { topics: [{ name: "a", partition: 3 }] }],
  [
    "there is no option 'mechanism' of user \"a\"",
    { users: [{ name: "a", password: "x", mechanism: "PLAIN" }] },
  ],
  ["there is no option 'address' of listener PLAINTEXT", { listeners: [{ address: "127.0.0.1" }] }],
  [
    "'advertisedHost' of listener PLAINTEXT must not be empty",
    { listeners: [{ advertisedHost: "" }] },
  ],
  [
    "'consumerHeartbeatIntervalMs' must be an integer from 1 to 2999: current value is 3000",
    { consumerSessionTimeoutMs: 3_000, consumerHeartbeatIntervalMs: 3_000 },
  ],
])("resolveOptions() says that %s when it gets %j", (reason, options) => {
  expect(() => resolveOptions(options as BrokerOptions)).toThrow(
    `Cannot start the broker as ${reason}`,
  );
});
