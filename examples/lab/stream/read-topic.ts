// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Prints the events of a topic, from its beginning on and as they come. Nothing is committed.
//
//   node read-topic.ts [brokers] [topic]

import { randomUUID } from "node:crypto";
import { fromBinary, toJsonString } from "@bufbuild/protobuf";
import type { RecordBatch } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";
import { formatAddress, parseAddress } from "../kit/address.ts";
import { silentLogger } from "../kit/logger.ts";

const [brokers = "127.0.0.1:29092", topic = "video", ...more] = process.argv.slice(2);

try {
  await readTopic();
} catch (error) {
  fail(error);
}

async function readTopic(): Promise<void> {
  if (more.length > 0) throw new Error("the arguments are [brokers] [topic]");
  const consumer = kafkajs({
    brokers: brokers.split(",").map(readBroker),
    // A reader makes no topic of a mistyped name.
    allowAutoTopicCreation: false,
  }).consumer({
    group: `read-topic-${randomUUID()}`,
    topics: [topic],
    startFrom: "earliest",
    logger: silentLogger,
  });
  process.once("SIGINT", () => consumer.leave());

  await consumer.start({
    assigned: () => {},
    revoked: async () => {},
    batch: async (batch) => print(batch),
    crashed: fail,
  });
}

function readBroker(text: string): string {
  try {
    return formatAddress(parseAddress(text));
  } catch (error) {
    throw new Error(`a broker must be ${(error as Error).message}`);
  }
}

function print({ partition, records }: RecordBatch): void {
  for (const { offset, key, value } of records) {
    const at = `${topic}[${partition}]@${offset}`;
    try {
      const event = fromBinary(HandleVideoCreatedRequestSchema, value ?? new Uint8Array());
      const json = toJsonString(HandleVideoCreatedRequestSchema, event);
      console.log(`${at} ${Buffer.from(key ?? [])}: ${json}`);
    } catch (error) {
      // Any topic can be named, and trying again would not make it an event.
      fail(new Error(`${at} is no event: ${(error as Error).message}`));
    }
  }
}

function fail(error: unknown): never {
  // The driver's words for it: kafkakit's say first that the group of nobody cannot be joined.
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? cause.message : message;
  console.error(
    `Cannot read topic '${topic}' of '${brokers}': ${reason.replace(/\s*\n\s*/g, " ")}`,
  );
  process.exit(1);
}
