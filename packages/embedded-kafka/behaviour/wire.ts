// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Requests with the fields that chapters care about, and answers with errors by their names and
// offsets as numbers. What a chapter asks of one partition is answered for that partition alone.

import { setTimeout as delay } from "node:timers/promises";
import { type ErrorName, errorCodes } from "../src/protocol/error-codes.ts";
import type { RawClient } from "../src/raw-client.testing.ts";
import { type ReadBatch, readBatches } from "./record-batches.ts";

const names = new Map(Object.entries(errorCodes).map(([name, code]) => [code as number, name]));

/** Name of an error code; "NONE" where all is well. */
export function errorName(code: number): ErrorName {
  return (names.get(code) ?? `unknown error code ${code}`) as ErrorName;
}

/** The only one of a list. */
export function only<T>(items: readonly T[]): T {
  if (items.length !== 1) throw new Error(`Expected one item of ${items.length}`);
  return items[0] as T;
}

/** Asks again until an answer passes, for what brokers tell each other in their own time. */
export async function until<T>(
  ask: () => Promise<T>,
  passes: (answer: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  for (const deadline = performance.now() + timeoutMs; ; await delay(20)) {
    const answer = await ask();
    if (passes(answer)) return answer;
    if (performance.now() > deadline) {
      const text = JSON.stringify(answer, (_, value) =>
        typeof value === "bigint" ? `${value}` : value,
      );
      throw new Error(`Waited in vain for ${timeoutMs} ms, until ${text}`);
    }
  }
}

export interface ProduceOptions {
  partition?: number;
  /** Default: -1, all replicas that are in sync. */
  acks?: number;
  transactionalId?: string;
  version?: number;
}

/** Appends to one partition. */
export async function produce(
  client: RawClient,
  topic: string,
  records: Buffer,
  { partition = 0, acks = -1, transactionalId, version = 9 }: ProduceOptions = {},
) {
  const { topics } = await client.call("produce", version, {
    transactionalId: transactionalId ?? null,
    acks,
    timeoutMs: 5_000,
    topics: [{ name: topic, partitions: [{ index: partition, records }] }],
  });
  const answer = only(only(topics).partitions);
  return {
    error: errorName(answer.errorCode),
    baseOffset: Number(answer.baseOffset),
    logAppendTimeMs: Number(answer.logAppendTimeMs),
    logStartOffset: Number(answer.logStartOffset),
    errorMessage: answer.errorMessage,
    recordErrors: answer.recordErrors,
  };
}

export interface FetchOptions {
  partition?: number;
  offset?: number;
  isCommittedOnly?: boolean;
  maxWaitMs?: number;
  minBytes?: number;
  maxBytes?: number;
  partitionMaxBytes?: number;
  leaderEpoch?: number;
  version?: number;
}

/** What a partition has from an offset on. */
export interface Fetched {
  error: ErrorName;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  aborted: { producerId: bigint; firstOffset: number }[] | null;
  batches: ReadBatch[];
  /** Of the batches' records, those from the asked offset on. */
  values: (string | null)[];
  bytes: Buffer;
}

/** Reads one partition, outside of a session. */
export async function fetch(
  client: RawClient,
  topic: string,
  options: FetchOptions = {},
): Promise<Fetched> {
  const { partition = 0, offset = 0, maxWaitMs = 0, minBytes = 1, version = 12 } = options;
  const { maxBytes = 2 ** 30, partitionMaxBytes = 2 ** 20, leaderEpoch = -1 } = options;
  const response = await client.call("fetch", version, {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel: options.isCommittedOnly ? 1 : 0,
    topics: [
      {
        name: topic,
        topicId: Buffer.alloc(16),
        partitions: [
          {
            index: partition,
            currentLeaderEpoch: leaderEpoch,
            fetchOffset: BigInt(offset),
            maxBytes: partitionMaxBytes,
          },
        ],
      },
    ],
    forgottenTopics: [],
  });
  if (response.errorCode !== 0) throw new Error(`Cannot fetch: ${errorName(response.errorCode)}`);
  const answer = only(only(response.topics).partitions);
  const bytes = answer.records ?? Buffer.alloc(0);
  const batches = readBatches(bytes);
  return {
    error: errorName(answer.errorCode),
    highWatermark: Number(answer.highWatermark),
    lastStableOffset: Number(answer.lastStableOffset),
    logStartOffset: Number(answer.logStartOffset),
    aborted:
      answer.abortedTransactions?.map(({ producerId, firstOffset }) => ({
        producerId,
        firstOffset: Number(firstOffset),
      })) ?? null,
    batches,
    values: batches
      .filter(({ isControl }) => !isControl)
      .flatMap(({ records }) => records.filter((record) => record.offset >= offset))
      .map(({ value }) => value),
    bytes,
  };
}

/** Timestamps of ListOffsets that stand for something else. */
export const latest = -1n;
export const earliest = -2n;
export const maxTimestamp = -3n;

/** The offset of a timestamp, or of `latest`, `earliest` and `maxTimestamp`. */
export async function listOffset(
  client: RawClient,
  topic: string,
  timestamp: bigint,
  { partition = 0, isCommittedOnly = false, leaderEpoch = -1, version = 7 } = {},
) {
  const { topics } = await client.call("listOffsets", version, {
    replicaId: -1,
    isolationLevel: isCommittedOnly ? 1 : 0,
    timeoutMs: 5_000,
    topics: [
      {
        name: topic,
        partitions: [{ index: partition, currentLeaderEpoch: leaderEpoch, timestamp }],
      },
    ],
  });
  const answer = only(only(topics).partitions);
  return {
    error: errorName(answer.errorCode),
    offset: Number(answer.offset),
    timestamp: Number(answer.timestamp),
    leaderEpoch: answer.leaderEpoch,
  };
}

/** What a broker says of a topic's partitions. */
export async function partitionsOf(client: RawClient, topic: string) {
  const asked = { topics: [{ name: topic }], allowAutoTopicCreation: false };
  const { partitions } = only((await client.call("metadata", 9, asked)).topics);
  return partitions
    .map((partition) => ({
      index: partition.index,
      errorCode: partition.errorCode,
      leader: partition.leaderId,
      epoch: partition.leaderEpoch,
      replicas: partition.replicaNodes,
      inSync: partition.isrNodes,
      offline: partition.offlineReplicas,
    }))
    .sort((a, b) => a.index - b.index);
}
