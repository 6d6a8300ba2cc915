// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create, type DescMessage, isMessage, type MessageInitShape } from "@bufbuild/protobuf";
import type { Driver, DriverProducer, ProducerRecord } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import type { Logger } from "./logger.ts";
import type { Next } from "./middleware.ts";
import {
  type HeadersInit,
  type RawRecord,
  toBytes,
  toProducerRecord,
  toRecordHeaders,
} from "./record.ts";
import type { Topic } from "./topic.ts";

/** Options of {@link Producer.send}. */
export interface SendOptions {
  /** Headers of every record. Default: none. */
  headers?: HeadersInit;
}

/** Sends messages. Connects when first used, and again after the broker was away. */
export interface Producer {
  /**
   * Resolves when all messages are acknowledged. Messages of one key are stored in the order of
   * the calls, whether or not a caller waits between them.
   *
   * @throws {KafkakitError} when a message may not have been stored; others may have been. With
   * `retryable` set, sending again may help.
   * @throws {ProtokitError} when a message cannot be encoded; then nothing was sent.
   */
  send<Desc extends DescMessage>(
    topic: Topic<Desc>,
    messages: readonly MessageInitShape<Desc>[],
    options?: SendOptions,
  ): Promise<void>;
  /** Like `send`, for records as bytes, of any topics. */
  sendRaw(records: readonly RawRecord[]): Promise<void>;
}

/** What one caller waits for. */
interface Waiting {
  readonly records: readonly ProducerRecord[];
  readonly bytes: number;
  resolve(): void;
  reject(error: KafkakitError): void;
}

// A request has one batch a partition, and brokers refuse batches past 1 MiB (message.max.bytes).
const maxRequestBytes = 900_000;
const recordOverheadBytes = 70;

/**
 * A producer with one request in flight: what is sent meanwhile goes in the next, so that many
 * small sends cost little, order holds, and a lone one never waits for company.
 */
export class BatchingProducer implements Producer {
  readonly #driver: Driver;
  readonly #logger: Logger;
  #send: Next;
  #connection: Promise<DriverProducer> | undefined;
  #connected = false;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;
  #fault: KafkakitError | undefined;

  constructor(driver: Driver, logger: Logger) {
    this.#driver = driver;
    this.#logger = logger;
    this.#send = this.sendThrough;
  }

  /** What middleware wraps. */
  readonly sendThrough: Next = (call) =>
    call.kind === "send" ? this.#enqueue(call.records) : Promise.resolve();

  /** Replaces what `send` calls by the same with middleware around. */
  use(send: Next): void {
    this.#send = send;
  }

  /** Why the last request failed, until one succeeds. */
  get fault(): KafkakitError | undefined {
    return this.#fault;
  }

  async send<Desc extends DescMessage>(
    topic: Topic<Desc>,
    messages: readonly MessageInitShape<Desc>[],
    { headers }: SendOptions = {},
  ): Promise<void> {
    const recordHeaders = toRecordHeaders(headers);
    const records = messages.map((init) => {
      const message = isMessage(init, topic.schema) ? init : create(topic.schema, init);
      return {
        topic: topic.name,
        key: toBytes(topic.key(message)),
        value: topic.codec.encode(message),
        headers: recordHeaders,
      };
    });
    await this.#send({ kind: "send", records });
  }

  async sendRaw(records: readonly RawRecord[]): Promise<void> {
    await this.#send({ kind: "send", records: records.map(toProducerRecord) });
  }

  /** Whether a connection is open, or was when last used. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Connects ahead of the first send. */
  async connect(): Promise<void> {
    try {
      await this.#connect();
      this.#fault = undefined;
    } catch (error) {
      this.#fault = KafkakitError.from(error);
      throw this.#fault;
    }
  }

  /** Finishes what is being sent, and disconnects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#disconnect();
  }

  async #enqueue(records: readonly ProducerRecord[]): Promise<void> {
    if (this.#closed) {
      throw new KafkakitError("Cannot send as the app was stopped", { code: "stopped" });
    }
    if (records.length === 0) return;
    await Promise.all(
      split(records).map(
        ({ records, bytes }) =>
          new Promise<void>((resolve, reject) => {
            this.#waiting.push({ records, bytes, resolve, reject });
            this.#flushing ??= this.#flush();
          }),
      ),
    );
  }

  async #flush(): Promise<void> {
    // Not at once: what is sent in the same turn shall share the request.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      let bytes = 0;
      let count = 0;
      for (const waiting of this.#waiting) {
        bytes += waiting.bytes;
        if (count > 0 && bytes > maxRequestBytes) break;
        count++;
      }
      await this.#request(this.#waiting.splice(0, count));
    }
    this.#flushing = undefined;
  }

  async #request(batch: Waiting[]): Promise<void> {
    try {
      const producer = await this.#connect();
      await producer.send(batch.flatMap(({ records }) => records));
    } catch (reason) {
      const error = KafkakitError.from(reason);
      if (batch.length > 1 && !error.retryable) {
        // One caller's fault, such as an unknown topic, must not be another's.
        for (const waiting of batch) await this.#request([waiting]);
        return;
      }
      this.#fault = error;
      // It may be stuck in an old view of the cluster: the next try has a new one.
      if (error.retryable) void this.#disconnect();
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#fault = undefined;
    for (const { resolve } of batch) resolve();
  }

  /** One connection, however many ask for it at once. */
  #connect(): Promise<DriverProducer> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<DriverProducer> {
    const producer = this.#driver.producer({ logger: this.#logger });
    try {
      await producer.connect();
      this.#connected = true;
      return producer;
    } catch (error) {
      this.#connection = undefined;
      await producer.disconnect();
      throw error;
    }
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#connected = false;
    // One that cannot be opened has cleaned up by itself.
    const producer = await connection?.catch(() => undefined);
    await producer?.disconnect();
  }
}

/** Cuts records into parts that fit a request. */
function split(records: readonly ProducerRecord[]): Pick<Waiting, "records" | "bytes">[] {
  const parts: Pick<Waiting, "records" | "bytes">[] = [];
  let start = 0;
  let bytes = 0;
  for (const [index, record] of records.entries()) {
    const size = sizeOf(record);
    if (index > start && bytes + size > maxRequestBytes) {
      parts.push({ records: records.slice(start, index), bytes });
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  parts.push({ records: start === 0 ? records : records.slice(start), bytes });
  return parts;
}

function sizeOf({ key, value, headers }: ProducerRecord): number {
  let bytes = recordOverheadBytes + (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, content] of headers) bytes += name.length + (content?.byteLength ?? 0);
  return bytes;
}
