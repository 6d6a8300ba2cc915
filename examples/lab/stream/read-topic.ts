// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Prints the events of a topic, from its beginning on and as they come. Nothing is committed.
//
//   node read-topic.ts [broker] [topic]

import { randomUUID } from "node:crypto";
import { fromBinary, toJsonString } from "@bufbuild/protobuf";
import type { RecordBatch } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";
import { createLogger } from "../kit/logger.ts";

const [broker = "127.0.0.1:29092", topic = "video"] = process.argv.slice(2);
const consumer = kafkajs({ brokers: [broker] }).consumer({
  group: `read-topic-${randomUUID()}`,
  topics: [topic],
  startFrom: "earliest",
  logger: createLogger({ level: "error" }),
});

process.once("SIGINT", () => consumer.leave());

await consumer.start({
  assigned: () => {},
  revoked: async () => {},
  batch: async (batch) => print(batch),
  crashed: (error) => {
    console.error(error.message);
    process.exit(1);
  },
});

function print({ partition, records }: RecordBatch): void {
  for (const { offset, key, value } of records) {
    const event = fromBinary(HandleVideoCreatedRequestSchema, value ?? new Uint8Array());
    const json = toJsonString(HandleVideoCreatedRequestSchema, event);
    console.log(`${topic}[${partition}]@${offset} ${Buffer.from(key ?? [])}: ${json}`);
  }
}
