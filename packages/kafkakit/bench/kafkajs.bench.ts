// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// kafkakit on its kafkajs driver, metrics on, against kafkajs used raw with the same settings and
// the same work (Protobuf encoded and decoded in both), in one run on the embedded broker, which
// is a process of its own. Prints thousands of messages a second and their ratio.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { createKafkaApp, topic } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { metrics } from "@labwire/kafkakit/otel";
import { createCodec } from "@labwire/protokit";
import {
  EventsService,
  type HandleOrderCreatedRequest,
  HandleOrderCreatedRequestSchema,
} from "@labwire/testdata/events";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Kafka, logLevel, Partitioners } from "kafkajs";

const rounds = 5;
const broker = await startBrokerProcess();
const driver = kafkajs({ brokers: broker.brokers });
const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
const codec = createCodec(HandleOrderCreatedRequestSchema);
const key = ({ orderId }: HandleOrderCreatedRequest) => orderId;
const meterProvider = new MeterProvider();

const app = createKafkaApp({ driver });
app.use(metrics({ meterProvider }));
const raw = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
await raw.connect();
await driver.createTopics(
  ["batch", "single", "consume"].map((name) => ({ topic: name, partitions: 4 })),
  { logger: console },
);

const messages = Array.from({ length: 1000 }, (_, n) =>
  create(HandleOrderCreatedRequestSchema, {
    orderId: `order-${n}`,
    sequence: BigInt(n),
    payload: new Uint8Array(72),
  }),
);
const toRaw = (message: HandleOrderCreatedRequest) => ({
  key: key(message),
  value: Buffer.from(codec.encode(message)),
});

const batches = topic("batch", HandleOrderCreatedRequestSchema, { key });
await compare("produce, 1000 a send", 60_000, {
  raw: (count) =>
    repeat(count / 1000, 1, async () => {
      await raw.sendBatch({ topicMessages: [{ topic: "batch", messages: messages.map(toRaw) }] });
    }),
  kafkakit: (count) =>
    repeat(count / 1000, 1, async () => {
      await app.producer.send(batches, messages);
    }),
});

const singles = topic("single", HandleOrderCreatedRequestSchema, { key });
await compare("produce, 1 a send, 64 at once", 20_000, {
  raw: (count) =>
    repeat(count, 64, async (n) => {
      const message = messages[n % messages.length] as HandleOrderCreatedRequest;
      await raw.send({ topic: "single", messages: [toRaw(message)] });
    }),
  kafkakit: (count) =>
    repeat(count, 64, async (n) => {
      const message = messages[n % messages.length] as HandleOrderCreatedRequest;
      await app.producer.send(singles, [message]);
    }),
});

const stored = 100_000;
for (let n = 0; n < stored / 1000; n++) {
  await raw.sendBatch({ topicMessages: [{ topic: "consume", messages: messages.map(toRaw) }] });
}
await compare("consume, each message", stored, {
  raw: async (count) => {
    const consumer = kafka.consumer({ groupId: `raw-${performance.now()}` });
    const all = countdown(count);
    await consumer.connect();
    await consumer.subscribe({ topics: ["consume"], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        codec.decode(message.value as Buffer);
        all.tick();
      },
    });
    await all.done;
    return () => consumer.disconnect();
  },
  kafkakit: async (count) => {
    const consumer = createKafkaApp({ driver });
    const all = countdown(count);
    consumer.use(metrics({ meterProvider }));
    consumer.service(
      EventsService,
      {
        async handleOrderCreated() {
          all.tick();
        },
      },
      { group: `kit-${performance.now()}`, topics: { handleOrderCreated: "consume" } },
    );
    const run = await consumer.start();
    await all.done;
    return () => run.stop();
  },
});

await raw.disconnect();
await (await app.start()).stop();
await broker.stop();

type Work = (count: number) => Promise<unknown>;

async function compare(name: string, count: number, sides: { raw: Work; kafkakit: Work }) {
  const best = { raw: 0, kafkakit: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const side of ["raw", "kafkakit"] as const) {
      globalThis.gc?.();
      const started = performance.now();
      const cleanUp = await sides[side](count);
      const rate = count / (performance.now() - started);
      // The first round is for the compiler.
      if (round > 0) best[side] = Math.max(best[side], rate);
      if (typeof cleanUp === "function") await cleanUp();
    }
  }
  const ratio = (best.kafkakit / best.raw).toFixed(2);
  const shown = `raw ${best.raw.toFixed(1)}, kafkakit ${best.kafkakit.toFixed(1)} thousand/s`;
  console.log(`${name}: ${shown}, ratio ${ratio}`);
}

async function repeat(times: number, atOnce: number, act: (n: number) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function countdown(count: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  return {
    done: promise,
    tick() {
      if (--left === 0) resolve();
    },
  };
}

async function startBrokerProcess() {
  const child = spawn(
    process.execPath,
    [
      "--conditions=@labwire/source",
      "--disable-warning=ExperimentalWarning",
      fileURLToPath(new URL("broker.ts", import.meta.url)),
    ],
    { stdio: ["ignore", "inherit", "inherit", "ipc"] },
  );
  const [brokers] = (await once(child, "message")) as [string[]];
  return {
    brokers,
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}
