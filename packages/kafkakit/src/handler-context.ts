// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { ConsumerRecord } from "./driver.ts";
import type { Logger } from "./logger.ts";
import type { Producer, SendOptions } from "./producer.ts";
import { toHeaderText, toText } from "./record.ts";
import type { Topic } from "./topic.ts";

/** What a handler is told beside the message. */
export interface HandlerContext {
  /** The record's key as text; null when it has none, which is not the same as an empty one. */
  readonly key: string | null;
  /** The record's headers as text, by name; of a name that comes more than once, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Counts from 1. It begins anew when the record is delivered again, after a restart for instance. */
  readonly attempt: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /**
   * Aborted when this attempt ran past `timeoutMs`, when the partition went to another member, or
   * when the app stops and its deadline has passed. Nothing is committed for this record then,
   * unless the handler succeeds before the partition is gone.
   */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** The record as it came, with its bytes. */
  readonly record: ConsumerRecord;
  /** As the app's `producer.send`. */
  produce<Desc extends DescMessage>(
    topic: Topic<Desc>,
    messages: readonly MessageInitShape<Desc>[],
    options?: SendOptions,
  ): Promise<void>;
}

/** Makes text, headers and the signal only for a handler that asks. */
export class RecordContext implements HandlerContext {
  readonly record: ConsumerRecord;
  readonly attempt: number;
  readonly logger: Logger;
  readonly #producer: Producer;
  #headers: Readonly<Record<string, string>> | undefined;
  #controller: AbortController | undefined;
  #aborted = false;
  #reason: unknown;

  constructor(record: ConsumerRecord, attempt: number, producer: Producer, logger: Logger) {
    this.record = record;
    this.attempt = attempt;
    this.logger = logger;
    this.#producer = producer;
  }

  get key(): string | null {
    return toText(this.record.key);
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= toHeaderText(this.record.headers);
    return this.#headers;
  }

  get topic(): string {
    return this.record.topic;
  }

  get partition(): number {
    return this.record.partition;
  }

  get offset(): bigint {
    return this.record.offset;
  }

  get timestamp(): number {
    return this.record.timestamp;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  produce<Desc extends DescMessage>(
    topic: Topic<Desc>,
    messages: readonly MessageInitShape<Desc>[],
    options?: SendOptions,
  ): Promise<void> {
    return this.#producer.send(topic, messages, options);
  }

  abort(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
