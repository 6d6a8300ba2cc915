// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// How long it takes until clients can connect: to a broker in this process, to one in a process of
// its own, to Apache Kafka (from a folder that was formatted before, which takes as long again).
// Built as users have it.
//
//   npm run bench -- embedded-kafka/bench/start

import { builtFile } from "./lib/built-cli.ts";
import { report, reportAlone } from "./lib/report.ts";
import { startEmbedded } from "./lib/start-embedded.ts";
import { startKafka } from "./lib/start-kafka.ts";

const rounds = 7;

const index = builtFile("index.js");
const importStarted = performance.now();
const { startBroker } = (await import(index)) as typeof import("../src/index.ts");
reportAlone("import of the package", "ms", [performance.now() - importStarted]);

const inProcess: number[] = [];
for (let round = 0; round < 21; round++) {
  const started = performance.now();
  const broker = await startBroker();
  inProcess.push(performance.now() - started);
  await broker.close();
}
reportAlone("startBroker(), the first", "ms", inProcess.slice(0, 1));
reportAlone("startBroker(), later ones", "ms", inProcess.slice(1));

const times = { embedded: [] as number[], kafka: [] as number[] };
for (let round = 0; round < rounds; round++) {
  const started = performance.now();
  const embedded = await startEmbedded();
  times.embedded.push(performance.now() - started);
  await embedded[Symbol.asyncDispose]();
  const kafkaStarted = performance.now();
  const kafka = await startKafka();
  times.kafka.push(performance.now() - kafkaStarted);
  await kafka[Symbol.asyncDispose]();
}
report(`process to ready, ${rounds} rounds`, "ms", times);
