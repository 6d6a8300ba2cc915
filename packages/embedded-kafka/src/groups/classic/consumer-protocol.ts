// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TopicPartition } from "../../topics/topic-partition.ts";

// What consumers tell each other through the group, of which the broker knows the oldest layout:
// later versions append to it (ConsumerProtocolSubscription and ConsumerProtocolAssignment among the
// public message definitions of Apache Kafka 4.3.1, Apache-2.0).

/** Reads fields in their order; throws a RangeError when there are no more bytes. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    if (this.int16() < 0) throw new RangeError("The version is negative");
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  string(): string {
    const length = this.int16();
    const start = this.#at;
    this.skip(length);
    return this.#bytes.toString("utf8", start, this.#at);
  }

  skip(length: number): void {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError("A field ends too late");
    this.#at = end;
  }

  list<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let count = this.int32(); count > 0; count--) items.push(item());
    return items;
  }
}

/** Topics that a consumer subscribes to; undefined when the bytes do not tell. */
export function subscribedTopics(subscription: Buffer): string[] | undefined {
  return read(subscription, (fields) => {
    const topics = fields.list(() => fields.string());
    fields.skip(Math.max(0, fields.int32())); // What a strategy says to itself. Kafka wants it too.
    return topics;
  });
}

/** Partitions that a consumer is given; undefined when the bytes do not tell. */
export function assignedPartitions(assignment: Buffer): TopicPartition[] | undefined {
  // A member to which the leader gives nothing may get no bytes at all.
  if (assignment.length === 0) return [];
  return read(assignment, (fields) =>
    fields
      .list(() => ({ topic: fields.string(), partitions: fields.list(() => fields.int32()) }))
      .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
  );
}

function read<T>(bytes: Buffer, parse: (fields: Fields) => T): T | undefined {
  try {
    return parse(new Fields(bytes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
