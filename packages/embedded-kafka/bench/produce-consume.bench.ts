// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// How many messages a second go through the broker by kafkajs, and how soon it is there. The broker
// is a process of its own, as clients of a real one would have it, and keeps its data on disk. No
// Apache Kafka runs beside it yet: figures of two machines, or of two runs, say nothing.
//
//   node --conditions=@labwire/source packages/embedded-kafka/bench/produce-consume.bench.ts

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Kafka, logLevel, type Message } from "kafkajs";
import { startBroker } from "../src/index.ts";

const batchSize = 100;
const inFlight = 5;

async function measureStart(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const started = performance.now();
    const broker = await startBroker();
    times.push(performance.now() - started);
    await broker.close();
  }
  const [first = 0, ...others] = times;
  const median = others.sort((a, b) => a - b)[others.length >> 1] ?? 0;
  console.log(
    `startBroker()        ${first.toFixed(1)} ms the first time, ${median.toFixed(1)} ms then`,
  );
}

async function startProcess(dataDir: string) {
  const started = performance.now();
  const cli = join(import.meta.dirname, "../src/cli.ts");
  const child = fork(cli, ["--port", "0", "--data", dataDir], { silent: true });
  if (!child.stdout) throw new Error("Cannot read what the broker prints");
  const [line] = await once(createInterface(child.stdout), "line");
  console.log(`process to ready     ${(performance.now() - started).toFixed(0)} ms (from sources)`);
  const address = String(line).split(" ").at(-1) as string;
  return { child, address };
}

async function measure(address: string, bytes: number, count: number): Promise<void> {
  const topic = `bench-${bytes}`;
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  const value = Buffer.alloc(bytes, "x");
  const messages: Message[] = Array.from({ length: batchSize }, () => ({ value }));

  const producer = kafka.producer();
  await producer.connect();
  let left = count / batchSize;
  const send = async () => {
    while (left-- > 0) await producer.send({ topic, messages });
  };
  let started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, send));
  report(`produce ${bytes} B`, count, performance.now() - started);
  await producer.disconnect();

  const consumer = kafka.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let received = 0;
  const done = Promise.withResolvers<void>();
  started = 0;
  await consumer.run({
    eachBatchAutoResolve: true,
    async eachBatch({ batch }) {
      started ||= performance.now();
      received += batch.messages.length;
      if (received >= count) done.resolve();
    },
  });
  await done.promise;
  report(`consume ${bytes} B`, count, performance.now() - started);
  await consumer.disconnect();
}

function report(what: string, count: number, ms: number): void {
  const rate = Math.round(count / (ms / 1000)).toLocaleString("en");
  console.log(`${what.padEnd(20)} ${rate} messages/s (${count.toLocaleString("en")} messages)`);
}

const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-bench-"));
await measureStart();
const { child, address } = await startProcess(dataDir);
try {
  for (const bytes of [100, 1024]) {
    await measure(address, bytes, 20_000); // The first round warms both processes up.
    await measure(address, bytes, 200_000);
  }
  if (process.platform === "linux") {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const kib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    console.log(`memory (RSS)         ${Math.round(kib / 1024)} MiB after all of it`);
  }
} finally {
  child.kill("SIGTERM");
  await once(child, "exit");
  rmSync(dataDir, { recursive: true });
}
