// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { metrics as metricsApi } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { PoisonError } from "./kafkakit-error.ts";
import { metrics } from "./otel.ts";
import { Gate, openShop } from "./shop.testing.ts";

function record() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  return {
    meterProvider,
    /** Instrument, unit, attributes and value or count, one a line. */
    async dump() {
      exporter.reset();
      await reader.forceFlush();
      return exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap((scope) => scope.metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => {
            const shown = Object.entries(attributes)
              .filter(([name]) => name !== "messaging.system")
              .map(([name, text]) => `${name.replace("messaging.", "")}=${text}`);
            const amount = typeof value === "number" ? value : value.count;
            return `${descriptor.name} ${descriptor.unit} ${shown.sort().join(" ")}: ${amount}`;
          }),
        )
        .sort();
    },
  };
}

test("metrics() measures sends, attempts, commits, retries and dead letters by the conventions", async () => {
  const { meterProvider, dump } = record();
  const shop = await openShop(
    (message, { attempt }) => {
      if (message.orderId === "late" && attempt === 1) throw new TypeError("transient");
      if (message.orderId === "bad") throw new PoisonError("never");
    },
    { middleware: [metrics({ meterProvider })] },
  );
  await shop.send("good#1", "late#2", "bad#3");
  await shop.app.producer.sendRaw([{ topic: "orders", key: null, value: new Uint8Array([7]) }]);
  await shop.driver.clock.advance(2000);
  await shop.run.stop();
  const lines = await dump();
  const counts = lines.filter((line) => !line.includes("operation.name=commit"));
  const group = "consumer.group.name=shop destination.name=orders";
  expect(counts).toEqual(
    [
      `kafkakit.consumer.assigned_partitions {partition} ${group}: 0`,
      `kafkakit.consumer.dead_letters {message} ${group} error.type=poison operation.name=process operation.type=process: 1`,
      `kafkakit.consumer.dead_letters {message} ${group} error.type=ProtokitError operation.name=process operation.type=process: 1`,
      `kafkakit.consumer.in_flight {message} ${group} operation.name=process operation.type=process: 0`,
      `kafkakit.consumer.lag {message} ${group} destination.partition.id=0: NaN`,
      "kafkakit.consumer.rebalances {rebalance} consumer.group.name=shop: 1",
      `kafkakit.consumer.retries {attempt} ${group} operation.name=process operation.type=process: 1`,
      `messaging.client.consumed.messages {message} ${group} operation.name=poll operation.type=receive: 4`,
      "messaging.client.operation.duration s destination.name=orders operation.name=send operation.type=send: 2",
      "messaging.client.operation.duration s destination.name=orders.dlq operation.name=send operation.type=send: 2",
      "messaging.client.sent.messages {message} destination.name=orders operation.name=send operation.type=send: 4",
      "messaging.client.sent.messages {message} destination.name=orders.dlq operation.name=send operation.type=send: 2",
      `messaging.process.duration s ${group} error.type=TypeError operation.name=process operation.type=process: 1`,
      `messaging.process.duration s ${group} error.type=poison operation.name=process operation.type=process: 1`,
      `messaging.process.duration s ${group} operation.name=process operation.type=process: 2`,
    ].sort(),
  );
  expect(lines.find((line) => line.includes("commit"))).toMatch(
    `messaging.client.operation.duration s ${group} operation.name=commit operation.type=settle`,
  );
  await meterProvider.shutdown();
});

test("metrics() counts what is in flight, and sends that fail", async () => {
  const { meterProvider, dump } = record();
  const gate = new Gate();
  const shop = await openShop(gate.handler, { middleware: [metrics({ meterProvider })] });
  await shop.send("a#1", "b#2");
  shop.driver.fail("send");
  await expect(shop.send("c#3")).rejects.toThrow("Broker is away");
  const lines = await dump();
  expect(lines.filter((line) => line.includes("in_flight"))).toEqual([
    expect.stringMatching(/: 2$/),
  ]);
  expect(lines.filter((line) => line.includes("error.type"))).toEqual([
    "messaging.client.operation.duration s destination.name=orders error.type=unavailable operation.name=send operation.type=send: 1",
    "messaging.client.sent.messages {message} destination.name=orders error.type=unavailable operation.name=send operation.type=send: 1",
  ]);
  gate.open("a#1", "b#2");
  await shop.run.stop();
  await meterProvider.shutdown();
});

test("metrics() tells the lag of every partition, also while a handler is stuck", async () => {
  const { meterProvider, dump } = record();
  const gate = new Gate();
  const shop = await openShop(gate.handler, {
    partitions: 2,
    middleware: [metrics({ meterProvider })],
  });
  const lags = async () => {
    await shop.driver.clock.advance(15_000);
    return (await dump()).filter((line) => line.startsWith("kafkakit.consumer.lag"));
  };
  const line = (partition: number, lag: number) =>
    `kafkakit.consumer.lag {message} consumer.group.name=shop destination.name=orders destination.partition.id=${partition}: ${lag}`;
  expect(await lags()).toEqual([line(0, 0), line(1, 0)]);

  // "b" and "d" go to partition 0, "a" to partition 1.
  await shop.send("a#1", "b#2", "d#3");
  const total = (lines: string[]) =>
    lines.reduce((sum, text) => sum + Number(text.split(": ")[1]), 0);
  expect(total(await lags())).toBe(3);
  await shop.send("a#4");
  expect(total(await lags())).toBe(4);

  gate.open("a#1", "b#2", "d#3");
  await shop.driver.clock.settle();
  gate.open("a#4");
  expect(await lags()).toEqual([line(0, 0), line(1, 0)]);
  await shop.run.stop();
  expect((await dump()).filter((text) => text.startsWith("kafkakit.consumer.lag"))).toEqual([
    line(0, Number.NaN),
    line(1, Number.NaN),
  ]);
  await meterProvider.shutdown();
});

test("metrics() tells that the lag is not known while brokers do not answer", async () => {
  const { meterProvider, dump } = record();
  const shop = await openShop(() => {}, { middleware: [metrics({ meterProvider })] });
  const lags = async () => {
    await shop.driver.clock.advance(15_000);
    const lines = (await dump()).filter((line) => line.startsWith("kafkakit.consumer.lag"));
    return lines.map((line) => line.split(": ")[1]);
  };
  expect(await lags()).toEqual(["0"]);
  shop.driver.fail("progress");
  expect(await lags()).toEqual(["NaN"]);
  expect(await lags()).toEqual(["0"]);
  await shop.run.stop();
  await meterProvider.shutdown();
});

test("metrics() counts rebalances, and the partitions that the member owns", async () => {
  const { meterProvider, dump } = record();
  const shop = await openShop(() => {}, {
    partitions: 4,
    middleware: [metrics({ meterProvider })],
  });
  const shown = async () =>
    (await dump())
      .filter((line) => /rebalances|assigned/.test(line))
      .map((line) => line.replace(/^kafkakit\.consumer\.(\w+) .*: /, "$1 "));
  expect(await shown()).toEqual(["assigned_partitions 4", "rebalances 1"]);
  await shop.driver.rebalance("shop");
  expect(await shown()).toEqual(["assigned_partitions 4", "rebalances 2"]);
  shop.driver.crash("shop");
  expect(await shown()).toEqual(["assigned_partitions 0", "rebalances 2"]);
  await shop.driver.clock.advance(10_000);
  expect(await shown()).toEqual(["assigned_partitions 4", "rebalances 3"]);
  await shop.run.stop();
  expect(await shown()).toEqual(["assigned_partitions 0", "rebalances 3"]);
  await meterProvider.shutdown();
});

test("metrics() takes the global provider, also one that is set after the start", async () => {
  const { meterProvider, dump } = record();
  const middleware = metrics();
  const shop = await openShop(() => {}, { middleware: [middleware] });
  metricsApi.setGlobalMeterProvider(meterProvider);
  await shop.send("a#1");
  await shop.run.stop();
  metricsApi.disable();
  expect((await dump()).length).toBeGreaterThan(0);
  await meterProvider.shutdown();
});
