// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Broker, startBroker } from "@labwire/embedded-kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { driverConformance } from "../testing/conformance.ts";
import { kafkajs } from "./kafkajs-driver.ts";

let broker: Broker;

beforeAll(async () => {
  broker = await startBroker();
});

afterAll(async () => {
  await broker.close();
});

describe("kafkajs() keeps to the driver's contract", () => {
  // Port 1 refuses.
  const away = kafkajs({ brokers: ["127.0.0.1:1"] });
  for (const { name, applies, run } of driverConformance) {
    test.runIf(applies({ driver: away, away }))(name, () =>
      run({ driver: kafkajs({ brokers: broker.brokers, fetchMaxWaitMs: 100 }), away }),
    );
  }
});

test("kafkajs() refuses an empty list of brokers", () => {
  expect(() => kafkajs({ brokers: [] })).toThrow("Cannot connect as 'brokers' is empty");
});
