// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as kafkakit from "./index.ts";
import * as kafkajs from "./kafkajs.ts";
import * as otel from "./otel.ts";
import * as outbox from "./outbox.ts";
import * as testing from "./testing.ts";

test("kafkakit exports its public surface and no more", () => {
  const surface = Object.entries({ kafkakit, kafkajs, otel, outbox, testing }).map(
    ([name, module]) => [name, Object.keys(module).sort()],
  );
  expect(Object.fromEntries(surface)).toEqual({
    kafkakit: [
      "KafkakitError",
      "PoisonError",
      "RetryableError",
      "SkipError",
      "createKafkaApp",
      "deadLetterHeaders",
      "exponential",
      "topic",
    ],
    kafkajs: ["kafkajs"],
    otel: ["metrics"],
    outbox: ["createOutboxRelay"],
    testing: ["createMemoryDriver", "createTestClock", "driverConformance"],
  });
});
