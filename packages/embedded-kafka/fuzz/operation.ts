// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { batchOf } from "../behaviour/record-batches.ts";
import { compress } from "../src/log/compression/compression.ts";
import type { ApiId } from "../src/protocol/apis.ts";

/**
 * A request as data, the same for both brokers. What only a broker can say stands there as a
 * {@link Ref}; names that begin with "~" are made unique for each run.
 */
export interface Operation {
  readonly api: ApiId;
  readonly version: number;
  /** Connection by which it is sent: a member of a group has one of its own, as its joins wait. */
  readonly by: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** Whose ids, generations and sequences follow from the answer. */
  readonly learner?: string;
}

/** Something that a broker has said before. */
export type Ref =
  | { readonly ref: "memberId"; readonly of: string }
  | { readonly ref: "generation"; readonly of: string; readonly plus: number }
  | { readonly ref: "producerId"; readonly of: string }
  | { readonly ref: "producerEpoch"; readonly of: string; readonly plus: number }
  | { readonly ref: "topicId"; readonly topic: string }
  | { readonly ref: "session"; readonly of: string }
  | ({ readonly ref: "batch" } & BatchTemplate);

/** A record batch whose producer is known when it is sent. */
export interface BatchTemplate {
  readonly values: readonly (string | null)[];
  readonly hasKeys: boolean;
  /** Milliseconds after {@link baseTime}. */
  readonly at: number;
  readonly compression: number;
  /** Default: none, no idempotence. */
  readonly producer?: string | undefined;
  readonly partition: string;
  readonly sequencePlus: number;
  readonly epochPlus: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Number of a byte that is changed after all is sealed, or what is cut at the end. */
  readonly damage?: { readonly at: number; readonly cut: number } | undefined;
}

/** What a broker has said so far, by the names that operations have for it. */
export interface Knowledge {
  readonly prefix: string;
  readonly members: Map<string, { id: string; generation: number }>;
  readonly producers: Map<string, { id: bigint; epoch: number; sequences: Map<string, number> }>;
  readonly sessions: Map<string, number>;
  /** Ids of topics by their names; those of deleted ones stay. */
  readonly topicIds: Map<string, Buffer>;
}

/** Of records' timestamps: in the past, so that no broker's own clock can give one of them. */
export const baseTime = Date.now() - 3_600_000;

/** The request as it is sent, with what the broker has said in the place of refs. */
export function resolve(template: unknown, known: Knowledge): unknown {
  if (typeof template === "string") return template.replace(/^~/, known.prefix);
  if (Array.isArray(template)) return template.map((item) => resolve(item, known));
  if (template === null || typeof template !== "object" || Buffer.isBuffer(template)) {
    return template;
  }
  if ("ref" in template) return resolveRef(template as Ref, known);
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) => [name, resolve(value, known)]),
  );
}

function resolveRef(ref: Ref, known: Knowledge): unknown {
  switch (ref.ref) {
    case "memberId":
      return known.members.get(ref.of)?.id ?? "";
    case "generation":
      return (known.members.get(ref.of)?.generation ?? -1) + ref.plus;
    case "producerId":
      return known.producers.get(ref.of)?.id ?? -1n;
    case "producerEpoch":
      return (known.producers.get(ref.of)?.epoch ?? -1) + ref.plus;
    case "topicId":
      return known.topicIds.get(ref.topic) ?? Buffer.from(ref.topic.padEnd(16).slice(0, 16));
    case "session":
      return known.sessions.get(ref.of) ?? 0;
    case "batch":
      return resolveBatch(ref, known);
  }
}

function resolveBatch(template: BatchTemplate, known: Knowledge): Buffer {
  const stranger = { id: 4_000_000_000n, epoch: 0, sequences: new Map<string, number>() };
  const producer =
    template.producer === undefined
      ? undefined
      : (known.producers.get(template.producer) ?? stranger);
  const sequence = producer?.sequences.get(template.partition) ?? 0;
  const timestamp = baseTime + template.at;
  const records = template.values.map((value, at) => ({
    key: template.hasKeys ? `key-${at % 2}` : null,
    value,
    timestamp: timestamp + at,
  }));
  const batch = batchOf(records, {
    timestamp,
    isTransactional: template.isTransactional,
    isControl: template.isControl,
    compression: template.compression,
    compress: (bytes) => (template.compression > 4 ? bytes : compress(bytes, template.compression)),
    ...(producer && {
      producerId: producer.id,
      producerEpoch: producer.epoch + template.epochPlus,
      baseSequence: Math.max(0, sequence + template.sequencePlus),
    }),
  });
  const { damage } = template;
  if (!damage) return batch;
  const at = damage.at % batch.length;
  batch[at] = (batch[at] as number) ^ 0x11;
  return batch.subarray(0, batch.length - damage.cut);
}
