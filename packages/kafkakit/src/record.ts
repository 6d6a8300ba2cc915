// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ProducerRecord, RecordHeaders } from "./driver.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Headers by name. Text goes as UTF-8. */
export type HeadersInit = Readonly<Record<string, Uint8Array | string>>;

/** A record for `producer.sendRaw`, as bytes or as text, which goes as UTF-8. */
export interface RawRecord {
  readonly topic: string;
  /** Default: by the key, as the Java client does. */
  readonly partition?: number;
  /** Null is no key, which is not the same as an empty one. */
  readonly key: Uint8Array | string | null;
  /** Null is a tombstone, which is not the same as an empty value. */
  readonly value: Uint8Array | string | null;
  readonly headers?: HeadersInit | RecordHeaders;
}

export function toProducerRecord(record: RawRecord): ProducerRecord {
  const { topic, partition, key, value, headers } = record;
  return {
    topic,
    ...(partition === undefined ? undefined : { partition }),
    key: toBytes(key),
    value: toBytes(value),
    headers: toRecordHeaders(headers),
  };
}

export function toBytes(content: Uint8Array | string | null): Uint8Array | null {
  return typeof content === "string" ? encoder.encode(content) : content;
}

export function toText(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes);
}

export function toRecordHeaders(headers: HeadersInit | RecordHeaders | undefined): RecordHeaders {
  if (headers === undefined) return [];
  if (isRecordHeaders(headers)) return headers;
  return Object.entries(headers).map(([name, value]) => [name, toBytes(value)]);
}

function isRecordHeaders(headers: HeadersInit | RecordHeaders): headers is RecordHeaders {
  return Array.isArray(headers);
}

/** Headers as text, by name; of a name that comes more than once, the last. */
export function toHeaderText(headers: RecordHeaders): Readonly<Record<string, string>> {
  // A header may be called `__proto__`.
  const text: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) text[name] = toText(value) ?? "";
  return text;
}
