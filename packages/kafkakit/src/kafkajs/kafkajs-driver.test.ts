// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Broker, startBroker } from "@labwire/embedded-kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { driverConformance } from "../testing/conformance.ts";
import { kafkajs } from "./kafkajs-driver.ts";

const sessionTimeoutMs = 1500;
let broker: Broker;

beforeAll(async () => {
  broker = await startBroker({ minSessionTimeoutMs: 500 });
});

afterAll(async () => {
  await broker.close();
});

describe("kafkajs() keeps to the driver's contract", () => {
  // Port 1 refuses.
  const away = kafkajs({ brokers: ["127.0.0.1:1"] });
  const target = () => ({
    driver: kafkajs({
      brokers: broker.brokers,
      sessionTimeoutMs,
      heartbeatIntervalMs: 100,
      fetchMaxWaitMs: 100,
    }),
    away,
    sessionTimeoutMs,
  });
  for (const { name, applies, run } of driverConformance) {
    if (applies({ driver: away, away, sessionTimeoutMs })) test(name, () => run(target()));
  }
});

describe("kafkajs() on a broker that creates no topics", () => {
  for (const { name, applies, run } of driverConformance) {
    if (applies({ driver: kafkajs({ brokers: ["-"] }) })) continue;
    if (!applies({ driver: kafkajs({ brokers: ["-"] }), refusesUnknownTopics: true })) continue;
    test(name, async () => {
      await using strict = await startBroker({ autoCreateTopics: false });
      await run({ driver: kafkajs({ brokers: strict.brokers }), refusesUnknownTopics: true });
    });
  }
});

test("kafkajs() refuses an empty list of brokers", () => {
  expect(() => kafkajs({ brokers: [] })).toThrow("Cannot connect as 'brokers' is empty");
});
