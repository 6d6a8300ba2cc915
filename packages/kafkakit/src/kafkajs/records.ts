// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Batch, IHeaders, KafkaMessage, Message, TopicMessages } from "kafkajs";
import type {
  ConsumerRecord,
  PartitionOffset,
  ProducerRecord,
  RecordBatch,
  RecordHeaders,
} from "../driver.ts";

const noHeaders: RecordHeaders = [];

/** Groups records by topic; those of one topic stay in order. */
export function toTopicMessages(records: readonly ProducerRecord[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, key, value, headers } of records) {
    let messages = byTopic.get(topic);
    if (messages === undefined) {
      messages = [];
      byTopic.set(topic, messages);
    }
    messages.push({
      key: toBuffer(key),
      value: toBuffer(value),
      ...(headers.length > 0 && { headers: toKafkajsHeaders(headers) }),
      ...(partition !== undefined && { partition }),
    });
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

/** Groups offsets by topic. */
export function toTopicOffsets(offsets: readonly PartitionOffset[]) {
  const byTopic = new Map<string, { partition: number; offset: string }[]>();
  for (const { topic, partition, offset } of offsets) {
    const partitions = byTopic.get(topic) ?? [];
    partitions.push({ partition, offset: String(offset) });
    byTopic.set(topic, partitions);
  }
  return { topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) };
}

export function toRecordBatch(batch: Batch): RecordBatch {
  const { topic, partition, messages } = batch;
  return {
    topic,
    partition,
    records: messages.map((message) => toRecord(topic, partition, message)),
    nextOffset: BigInt(batch.lastOffset()) + 1n,
  };
}

function toRecord(topic: string, partition: number, message: KafkaMessage): ConsumerRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: fromKafkajsHeaders(message.headers),
  };
}

/** kafkajs takes anything but a Buffer for text. */
function toBuffer(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toKafkajsHeaders(headers: RecordHeaders): IHeaders {
  const byName: Record<string, Buffer[]> = Object.create(null);
  for (const [name, value] of headers) {
    byName[name] ??= [];
    // Its encoder throws on null.
    byName[name].push(toBuffer(value) ?? Buffer.alloc(0));
  }
  return byName;
}

function fromKafkajsHeaders(headers: IHeaders | undefined): RecordHeaders {
  let pairs: [string, Uint8Array | null][] | undefined;
  // Old message sets have none.
  for (const name in headers) {
    const value = headers[name] as Buffer | null | (Buffer | null)[];
    pairs ??= [];
    if (Array.isArray(value)) for (const one of value) pairs.push([name, one]);
    else pairs.push([name, value]);
  }
  return pairs ?? noHeaders;
}
