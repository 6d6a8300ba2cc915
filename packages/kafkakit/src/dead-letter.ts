// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerRecord, ProducerRecord } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { toRecordHeaders } from "./record.ts";

/** Headers that a dead letter has beside its own. */
export const deadLetterHeaders = {
  topic: "kafkakit-origin-topic",
  partition: "kafkakit-origin-partition",
  offset: "kafkakit-origin-offset",
  /** Milliseconds since 1970. */
  timestamp: "kafkakit-origin-timestamp",
  group: "kafkakit-group",
  errorClass: "kafkakit-error-class",
  errorMessage: "kafkakit-error-message",
  /** 0 when the record could not be decoded. */
  attempts: "kafkakit-attempts",
} as const;

const ours: ReadonlySet<string> = new Set(Object.values(deadLetterHeaders));
const maxMessageLength = 1000;

/** The record for a dead-letter topic: key, value and headers as they came, and where from and why. */
export function toDeadLetter(
  record: ConsumerRecord,
  topic: string,
  { group, error, attempts }: { group: string; error: unknown; attempts: number },
): ProducerRecord {
  const { message } = KafkakitError.from(error);
  return {
    topic,
    key: record.key,
    value: record.value,
    headers: [
      // Of a record that was a dead letter before, the last place is the one that matters.
      ...record.headers.filter(([name]) => !ours.has(name)),
      ...toRecordHeaders({
        [deadLetterHeaders.topic]: record.topic,
        [deadLetterHeaders.partition]: String(record.partition),
        [deadLetterHeaders.offset]: String(record.offset),
        [deadLetterHeaders.timestamp]: String(record.timestamp),
        [deadLetterHeaders.group]: group,
        [deadLetterHeaders.errorClass]: classOf(error),
        [deadLetterHeaders.errorMessage]: message.slice(0, maxMessageLength),
        [deadLetterHeaders.attempts]: String(attempts),
      }),
    ],
  };
}

function classOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.name) : typeof error;
  } catch {
    return typeof error;
  }
}
