// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Messages a second through kafkajs and @platformatic/kafka, produced and then consumed, and what
// processor time the broker takes for them (where less is better). Both brokers are processes of
// their own with data on disk, and take turns. Apache Kafka compiles as well as it can.
//
//   npm run bench -- embedded-kafka/bench/throughput

import { type BenchBroker, sides } from "./lib/bench-broker.ts";
import type { BenchClient } from "./lib/bench-client.ts";
import { kafkajsClient } from "./lib/kafkajs-client.ts";
import { platformaticClient } from "./lib/platformatic-client.ts";
import { cpuSeconds } from "./lib/process-figures.ts";
import { report } from "./lib/report.ts";
import { startEmbedded } from "./lib/start-embedded.ts";
import { startKafka } from "./lib/start-kafka.ts";
import { withTopic } from "./lib/with-topic.ts";

const rounds = 5;
/** Before each comparison, for the compilers of all three. */
const warmUps = 1;

interface Workload {
  readonly bytes: number;
  readonly batchSize: number;
  readonly count: number;
}

const workloads: Workload[] = [
  { bytes: 100, batchSize: 100, count: 100_000 },
  { bytes: 100, batchSize: 1000, count: 100_000 },
  { bytes: 1024, batchSize: 100, count: 50_000 },
  { bytes: 1024, batchSize: 1000, count: 50_000 },
];

await using embedded = await startEmbedded();
await using kafka = await startKafka({ optimizes: true });
const brokers = { embedded, kafka };

console.log(`${rounds} rounds in turns`);
for (const client of [kafkajsClient, platformaticClient]) {
  for (const workload of workloads) await compare(client, workload);
}

async function compare(client: BenchClient, workload: Workload): Promise<void> {
  const produced = { embedded: [] as number[], kafka: [] as number[] };
  const consumed = { embedded: [] as number[], kafka: [] as number[] };
  const cpu = { embedded: [] as number[], kafka: [] as number[] };
  for (let round = -warmUps; round < rounds; round++) {
    for (const side of sides) {
      const figures = await measure(client, brokers[side], workload);
      if (round < 0) continue;
      produced[side].push(figures.produced);
      consumed[side].push(figures.consumed);
      cpu[side].push(figures.cpuMs);
    }
  }
  const { bytes, batchSize, count } = workload;
  const what = `${client.name}, ${bytes} B by ${batchSize}`;
  report(`${what}: produce`, "/s", produced);
  report(`${what}: consume`, "/s", consumed);
  report(`${what}: CPU of ${count}`, "ms", cpu);
}

async function measure(client: BenchClient, broker: BenchBroker, workload: Workload) {
  const { bytes, batchSize, count } = workload;
  const value = Buffer.alloc(bytes, "x");
  return withTopic(broker, 1, async (topic) => {
    const pid = broker.pid as number;
    const cpuBefore = cpuSeconds(pid);
    const produced = await client.produce(broker, { topic, count, value, batchSize });
    const consumed = await client.consume(broker, topic, count);
    return { produced, consumed, cpuMs: (cpuSeconds(pid) - cpuBefore) * 1000 };
  });
}
