#!/usr/bin/env node
// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { parseArgs } from "node:util";
import type { TopicOptions } from "./broker-options.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { startBroker } from "./start-broker.ts";

const help = `A Kafka broker for development and tests. Production runs Apache Kafka.

Usage: embedded-kafka [options]

  --port <number>            port to listen on, 0 for any free one (default 9092)
  --host <address>           address to listen on (default 127.0.0.1)
  --data <directory>         where data is kept (default: in memory)
  --fsync <never|always>     when writes are forced to the disk (default never)
  --topic <name[:partitions]>  a topic to make unless it exists; may be repeated
  --help                     show this text

Prints one line with its address when clients can connect. SIGINT and SIGTERM stop it, and
so does the end of a parent that holds its IPC channel.`;

try {
  await main();
} catch (error) {
  // Our own faults have a stack; those of the command line and the machine are one line.
  const isExpected = error instanceof EmbeddedKafkaError || isUsageError(error);
  console.error(isExpected ? `embedded-kafka: ${(error as Error).message}` : error);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "9092" },
      host: { type: "string" },
      data: { type: "string" },
      fsync: { type: "string", default: "never" },
      topic: { type: "string", multiple: true, default: [] },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  // A parent with an IPC channel that is gone can stop nobody: asked for now, as it may go during
  // the start too.
  const parentGone = process.connected ? once(process, "disconnect") : undefined;
  const broker = await startBroker({
    port: values.port.trim() === "" ? Number.NaN : Number(values.port),
    host: values.host,
    dataDir: values.data,
    fsync: values.fsync as "never" | "always",
    topics: values.topic.map(parseTopic),
  });
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
  // For a parent that started it with an IPC channel. It may be gone by now, which is no error.
  process.send?.("ready", () => {});
}

function parseTopic(text: string): TopicOptions {
  const colon = text.indexOf(":");
  if (colon === -1) return { name: text };
  return { name: text.slice(0, colon), partitions: Number(text.slice(colon + 1) || "NaN") };
}

function isUsageError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code?.startsWith("ERR_PARSE_ARGS") ?? false;
}
