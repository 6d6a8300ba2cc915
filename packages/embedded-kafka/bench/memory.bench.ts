// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The memory (RSS) of a broker's process that holds a million messages of 100 B, in batches of 100
// and one by one: ours with data on disk and in memory, Apache Kafka with the settings that take
// least. "Idle" is the process before it has any.
//
//   npm run bench -- embedded-kafka/bench/memory

import { setTimeout as wait } from "node:timers/promises";
import type { BenchBroker } from "./lib/bench-broker.ts";
import { fill } from "./lib/fill.ts";
import { memoryMib } from "./lib/process-figures.ts";
import { reportAlone } from "./lib/report.ts";
import { startEmbedded } from "./lib/start-embedded.ts";
import { startKafka } from "./lib/start-kafka.ts";
import { withTopic } from "./lib/with-topic.ts";

const rounds = 3;
const messages = 1_000_000;
const partitions = 10;

const candidates: Record<string, () => Promise<BenchBroker>> = {
  embedded: () => startEmbedded(),
  "embedded, in memory": () => startEmbedded({ inMemory: true }),
  kafka: () => startKafka(),
};

for (const batchSize of [100, 1]) {
  const figures = Object.keys(candidates).map((name) => ({
    name,
    idle: [] as number[],
    full: [] as number[],
    peak: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { name, idle, full, peak } of figures) {
      await using broker = await (candidates[name] as () => Promise<BenchBroker>)();
      idle.push(memoryMib(broker.pid as number).nowMib);
      await withTopic(broker, partitions, async (topic) => {
        await fill(broker, { topic, partitions, messages, valueBytes: 100, batchSize });
        await wait(1000); // For what is collected when nothing is asked.
        const { nowMib, peakMib } = memoryMib(broker.pid as number);
        full.push(nowMib);
        peak.push(peakMib);
      });
    }
  }
  for (const { name, idle, full, peak } of figures) {
    const what = `${name}, batches of ${batchSize}`;
    reportAlone(`${what}: idle`, "MiB", idle);
    reportAlone(`${what}: full`, "MiB", full);
    reportAlone(`${what}: peak`, "MiB", peak);
  }
}
