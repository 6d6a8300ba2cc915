// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { create } from "@bufbuild/protobuf";
import { startBroker } from "@labwire/embedded-kafka";
import { createKafkaApp, topic } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { metrics } from "@labwire/kafkakit/otel";
import {
  EventsService,
  HandleOrderCreatedRequestSchema,
} from "../testdata/labwire/testdata/v1/events_pb.js";
import { test } from "./harness.js";

test("createKafkaApp() on kafkajs() produces to startBroker() and consumes", async () => {
  const broker = await startBroker({ topics: [{ name: "orders", partitions: 2 }] });
  try {
    const received = [];
    const all = Promise.withResolvers();
    const app = createKafkaApp({
      driver: kafkajs({ brokers: broker.brokers, clientId: "runtime-tests" }),
    });
    app.use(metrics());
    app.service(
      EventsService,
      {
        async handleOrderCreated(message, { key, attempt }) {
          received.push([key, message.sequence, [...message.payload], attempt]);
          if (received.length === 3) all.resolve();
        },
      },
      { group: "runtime-tests", topics: { handleOrderCreated: "orders" }, ordering: "key" },
    );
    const run = await app.start();
    const orders = topic("orders", HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });
    await app.producer.send(
      orders,
      [1n, 2n, 3n].map((sequence) =>
        create(HandleOrderCreatedRequestSchema, {
          orderId: "a",
          sequence,
          payload: new Uint8Array([Number(sequence)]),
        }),
      ),
    );
    await Promise.race([all.promise, run.done]);
    deepStrictEqual(run.health().live, true);
    await run.stop();
    await run.done;
    deepStrictEqual(
      received,
      [1, 2, 3].map((n) => ["a", BigInt(n), [n], 1]),
    );
  } finally {
    await broker.close();
  }
});
