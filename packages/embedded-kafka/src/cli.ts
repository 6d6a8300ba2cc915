#!/usr/bin/env node
// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { help, parseCommand } from "./cli-options.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { startBroker } from "./start-broker.ts";

try {
  await main();
} catch (error) {
  // Our own faults have a stack; those of the command line and the machine are one line.
  const isExpected = error instanceof EmbeddedKafkaError || isUsageError(error);
  console.error(isExpected ? `embedded-kafka: ${(error as Error).message}` : error);
  process.exit(1);
}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (!command) {
    console.log(help);
    return;
  }
  // A parent with an IPC channel that is gone can stop nobody: asked for now, as it may go during
  // the start too.
  const parentGone = process.connected ? once(process, "disconnect") : undefined;
  const { options, otherListeners } = command;
  const broker = await startBroker(options);
  const stop = async () => {
    await broker.close();
    // Not by itself, as Node would then give up its signal handlers first: a second signal, which
    // terminals and npm do send, would kill it.
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  parentGone?.then(stop);
  console.log(`Kafka broker listening on ${broker.brokers}`);
  for (const name of otherListeners) console.log(`${name} listening on ${broker.addresses(name)}`);
  // For a parent that started it with an IPC channel. It may be gone by now, which is no error.
  process.send?.("ready", () => {});
}

function isUsageError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code?.startsWith("ERR_PARSE_ARGS") ?? false;
}
