// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, test } from "vitest";
import { driverConformance } from "../testing/conformance.ts";
import { testApp } from "./app-cases.testing.ts";
import { kafkajs } from "./kafkajs-driver.ts";
import { openRemote } from "./lab.testing.ts";

// Run by hand so far, as CI has no Kafka yet: KAFKA_BROKERS=127.0.0.1:9092 npm run test:integration

const brokers = process.env.KAFKA_BROKERS?.split(",") ?? [];

describe.skipIf(brokers.length === 0)("on the brokers of KAFKA_BROKERS", () => {
  describe("kafkajs() keeps to the driver's contract", () => {
    const sessionTimeoutMs = 6000;
    for (const { name, applies, run } of driverConformance) {
      test.runIf(applies({ driver: kafkajs({ brokers: ["-"] }), sessionTimeoutMs }))(name, () =>
        run({
          driver: kafkajs({
            brokers,
            sessionTimeoutMs,
            heartbeatIntervalMs: 100,
            fetchMaxWaitMs: 100,
          }),
          sessionTimeoutMs,
        }),
      );
    }
  });

  describe("an app on the kafkajs driver", () => {
    testApp(() => openRemote(brokers));
  });
});
