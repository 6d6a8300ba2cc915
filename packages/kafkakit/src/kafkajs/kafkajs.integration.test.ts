// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWith } from "@labwire/servers/testing";
import { describe, test } from "vitest";
import { driverConformance } from "../testing/conformance.ts";
import { testApp } from "./app-cases.testing.ts";
import { kafkajs } from "./kafkajs-driver.ts";
import { openRemote } from "./lab.testing.ts";

describeWith(["KAFKA_ADDRS"], "on Apache Kafka", ({ KAFKA_ADDRS }) => {
  const brokers = KAFKA_ADDRS.split(",");

  describe("kafkajs() keeps to the driver's contract", () => {
    const sessionTimeoutMs = 6000;
    const target = {
      driver: kafkajs({ brokers, sessionTimeoutMs, heartbeatIntervalMs: 100, fetchMaxWaitMs: 100 }),
      away: kafkajs({ brokers: ["127.0.0.1:1"] }),
      sessionTimeoutMs,
    };
    for (const { name, applies, run } of driverConformance) {
      if (applies(target)) test(name, () => run(target));
    }
  });

  describe("an app on the kafkajs driver", () => {
    testApp(() => openRemote(brokers));
  });
});
