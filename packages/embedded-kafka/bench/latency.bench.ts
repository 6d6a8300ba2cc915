// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// How long a message takes from send() to the consumer, one every two milliseconds. Both brokers are
// processes of their own with data on disk, and take turns. Apache Kafka compiles as well as it can.
//
//   npm run bench -- embedded-kafka/bench/latency

import { type BenchBroker, sides } from "./lib/bench-broker.ts";
import type { BenchClient } from "./lib/bench-client.ts";
import { kafkajsClient } from "./lib/kafkajs-client.ts";
import { platformaticClient } from "./lib/platformatic-client.ts";
import { percentile, report } from "./lib/report.ts";
import { startEmbedded } from "./lib/start-embedded.ts";
import { startKafka } from "./lib/start-kafka.ts";
import { withTopic } from "./lib/with-topic.ts";

const rounds = 7;
const warmUps = 2;
const messages = 1000;
const intervalMs = 2;
const valueBytes = 100;

await using embedded = await startEmbedded();
await using kafka = await startKafka({ optimizes: true });
const brokers = { embedded, kafka };

console.log(`${rounds} rounds in turns of ${messages} messages, ${1000 / intervalMs} a second`);
for (const client of [kafkajsClient, platformaticClient]) await compare(client);

async function compare(client: BenchClient): Promise<void> {
  const p50 = { embedded: [] as number[], kafka: [] as number[] };
  const p99 = { embedded: [] as number[], kafka: [] as number[] };
  for (let round = -warmUps; round < rounds; round++) {
    for (const side of sides) {
      const times = await measure(client, brokers[side]);
      if (round < 0) continue;
      p50[side].push(percentile(times, 0.5));
      p99[side].push(percentile(times, 0.99));
    }
  }
  report(`${client.name}, p50`, "ms", p50);
  report(`${client.name}, p99`, "ms", p99);
}

/** Milliseconds that each message took. */
async function measure(client: BenchClient, broker: BenchBroker): Promise<number[]> {
  return withTopic(broker, 1, async (topic) => {
    const times: number[] = [];
    let arrived: (() => void) | undefined;
    const echo = await client.echo(broker, topic, (value) => {
      times.push(performance.now() - value.readDoubleBE());
      arrived?.();
    });
    const send = () => {
      const value = Buffer.alloc(valueBytes);
      value.writeDoubleBE(performance.now());
      return echo.send(value);
    };
    // The first ones wait for the group.
    await send();
    while (times.length === 0) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    times.length = 0;
    const all = Promise.withResolvers<void>();
    arrived = () => {
      if (times.length === messages) all.resolve();
    };
    const started = performance.now();
    const sends: Promise<unknown>[] = [];
    for (let sent = 0; sent < messages; sent++) {
      const waitMs = started + sent * intervalMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      sends.push(send());
    }
    await Promise.all([all.promise, ...sends]);
    await echo.close();
    return times;
  });
}
