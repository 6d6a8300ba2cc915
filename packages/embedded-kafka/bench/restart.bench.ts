// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// How long a start takes with a log of 1 GB, until a client hears where the log ends: after a stop in
// good order, and after SIGKILL right after writes. Apache Kafka waits after SIGKILL until its last
// session is over (3 s here).
//
//   npm run bench -- embedded-kafka/bench/restart

import { type BenchBroker, sides } from "./lib/bench-broker.ts";
import { fill } from "./lib/fill.ts";
import { findEnds } from "./lib/find-ends.ts";
import { report } from "./lib/report.ts";
import { startEmbedded } from "./lib/start-embedded.ts";
import { startKafka } from "./lib/start-kafka.ts";
import { withTopic } from "./lib/with-topic.ts";

const rounds = 3;
const valueBytes = 1024;
const batchSize = 100;
const messages = 1_000_000;
/** Just before each SIGKILL: 25 MiB. */
const lateMessages = 25_000;

await using embedded = await startEmbedded();
await using kafka = await startKafka();
const brokers = { embedded, kafka };
const stopped = { embedded: [] as number[], kafka: [] as number[] };
const killed = { embedded: [] as number[], kafka: [] as number[] };

await withTopic(embedded, 1, (ours) =>
  withTopic(kafka, 1, async (theirs) => {
    const topics = { embedded: ours, kafka: theirs };
    const ends = { embedded: 0, kafka: 0 };
    const write = async (side: (typeof sides)[number], count: number) => {
      const topic = topics[side];
      await fill(brokers[side], { topic, partitions: 1, messages: count, valueBytes, batchSize });
      ends[side] += count;
    };
    for (const side of sides) await write(side, messages);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const broker = brokers[side];
        await broker.stop();
        stopped[side].push(await timeStart(broker, topics[side], ends[side]));
        await write(side, lateMessages);
        await broker.kill();
        killed[side].push(await timeStart(broker, topics[side], ends[side]));
      }
    }
  }),
);
report(`after a stop, ${rounds} rounds`, "ms", stopped);
report(`after SIGKILL, ${rounds} rounds`, "ms", killed);

/** Milliseconds until the broker tells that the topic ends where it did. */
async function timeStart(broker: BenchBroker, topic: string, end: number): Promise<number> {
  const started = performance.now();
  await broker.start();
  const [found] = await findEnds(broker, topic, 1);
  if (found === end) return performance.now() - started;
  throw new Error(`Cannot find all records after a start of ${broker.name}: ${found} of ${end}`);
}
