// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { oneBatch } from "../log/check-produced.ts";
import { attributeBits } from "../log/record-batch.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition, Topic } from "../topics/topic.ts";
import { type Admit, admitProduced, type ProducedBatch } from "./admit-produced.ts";
import { checkLeader, LeaderHints } from "./check-leader.ts";
import { describeRefusal, type RefusedBatch } from "./describe-refusal.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** How many replicas must have a batch before it is acknowledged: all in sync, none or the leader. */
const acksValues = [-1, 0, 1];
/** Since when topics are named by their ids (KIP-516). */
const topicIdVersion = 13;
/** Since when batches may be compressed with zstd (KIP-110), and its number among the attributes. */
const zstdVersion = 7;
const zstd = 4;
/** Since when a producer's transactions are of version 2 (KIP-890). */
const transactionsV2Version = 12;

/** With these errors of a log Kafka does not tell where it starts. */
const withoutStart: ReadonlySet<number> = new Set([
  errorCodes.CORRUPT_MESSAGE,
  errorCodes.MESSAGE_TOO_LARGE,
  errorCodes.RECORD_LIST_TOO_LARGE,
  errorCodes.KAFKA_STORAGE_ERROR,
]);

/** What became of a batch. */
interface Result extends RefusedBatch {
  /** False when a log has refused it, undefined when none was asked. */
  readonly isMalformed?: boolean;
  readonly baseOffset?: number;
  readonly logAppendTimeMs?: number;
}

/** Appends batches. When it answers, they are in the log. */
export const produce: Handler<"produce"> = (request, context) => {
  const hints = new LeaderHints(context);
  const isHidden = hidesProducer(request);
  const admit = isHidden ? undefined : findAdmission(request, context);
  let failedCode: number = errorCodes.NONE;
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const topic = findTopic(name, topicId, context);
    return {
      name,
      topicId,
      partitions: partitions.map(({ index, records }) => {
        const partition = topic?.partitions[index];
        const refusal = isHidden
          ? errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
          : check(topic, partition, records, request.acks, context);
        const result =
          refusal || !partition || !records
            ? { errorCode: refusal }
            : (admit?.(partition) ?? append(partition, records, context));
        if (result.errorCode !== errorCodes.NONE) failedCode = result.errorCode;
        return { index, ...describe(result, topic, index, hints) };
      }),
    };
  });
  if (request.acks !== 0) return { topics, nodeEndpoints: hints.nodeEndpoints };
  // As Kafka does: a producer with acks=0 hears of a fault by losing its connection.
  if (failedCode !== errorCodes.NONE) {
    context.disconnect(`a produce request with acks=0 failed with error code ${failedCode}`);
  }
  return null;
};

function findTopic(name: string, topicId: Buffer, { cluster, version }: RequestContext) {
  return version >= topicIdVersion ? cluster.topics.byId(topicId) : cluster.topics.get(name);
}

/** Whether there are transactional batches and nobody whose they are. Kafka says that of nothing else. */
function hidesProducer({ transactionalId, topics }: RequestOf<"produce">): boolean {
  if (transactionalId !== null) return false;
  return topics.some(({ partitions }) =>
    partitions.some(({ records }) => {
      return records && isTransactional(records) && Buffer.isBuffer(oneBatch(records));
    }),
  );
}

/** What the producer's transaction says; undefined when there are no transactional batches. */
function findAdmission(request: RequestOf<"produce">, context: RequestContext): Admit | undefined {
  const batches: ProducedBatch[] = [];
  for (const { name, topicId, partitions } of request.topics) {
    for (const { index, records } of partitions) {
      if (!records || !isTransactional(records)) continue;
      const topic = findTopic(name, topicId, context);
      const partition = topic?.partitions[index];
      // What is no batch is refused by the log, before anything is asked about its producer.
      if (!topic || !partition || !Buffer.isBuffer(oneBatch(records))) continue;
      if (!check(topic, partition, records, request.acks, context)) {
        batches.push({ topic, index, partition, records });
      }
    }
  }
  return batches.length > 0 ? admitProduced(batches, request, context) : undefined;
}

/** Says why nothing can be appended to a partition, whatever it is. */
function check(
  topic: Topic | undefined,
  partition: Partition | undefined,
  records: Buffer | null,
  acks: number,
  { cluster, node, version }: RequestContext,
): number {
  if (!topic && version >= topicIdVersion) return errorCodes.UNKNOWN_TOPIC_ID;
  if (!topic || !partition) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  if (!records) return errorCodes.INVALID_RECORD;
  if (version < zstdVersion && Buffer.isBuffer(oneBatch(records))) {
    const compression = attributesOf(records) & attributeBits.compression;
    if (compression === zstd) return errorCodes.UNSUPPORTED_COMPRESSION_TYPE;
    // As Kafka says of it, which looks at it here for zstd's sake.
    if (compression > zstd) return errorCodes.UNKNOWN_SERVER_ERROR;
  }
  if (!acksValues.includes(acks)) return errorCodes.INVALID_REQUIRED_ACKS;
  const refusal = checkLeader(partition, node.id);
  if (refusal !== errorCodes.NONE) return refusal;
  if (acks === -1 && topic.minInSyncReplicas > 1) {
    const needed = Math.min(topic.minInSyncReplicas, partition.replicas.length);
    if (cluster.inSync(partition.replicas).length < needed) return errorCodes.NOT_ENOUGH_REPLICAS;
  }
  return errorCodes.NONE;
}

/** The attributes that count here, before a batch is known to be one: their lower byte. */
function attributesOf(records: Buffer): number {
  return records[22] ?? 0;
}

function isTransactional(records: Buffer): boolean {
  return (attributesOf(records) & attributeBits.transactional) !== 0;
}

function append({ log, leaderEpoch }: Partition, records: Buffer, { version }: RequestContext) {
  const mustBegin = version >= transactionsV2Version && isTransactional(records);
  return log.append(records, leaderEpoch, mustBegin);
}

function describe(result: Result, topic: Topic | undefined, index: number, hints: LeaderHints) {
  const { errorCode, baseOffset = -1, logAppendTimeMs = -1 } = result;
  const partition = topic?.partitions[index];
  if (errorCode === errorCodes.NONE) {
    return {
      errorCode,
      baseOffset: BigInt(baseOffset),
      logAppendTimeMs: BigInt(logAppendTimeMs),
      logStartOffset: BigInt(partition?.log.startOffset ?? -1),
    };
  }
  const isRefusedByLog = result.isMalformed === false && !withoutStart.has(errorCode);
  const isElsewhere = errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER && partition;
  return {
    baseOffset: -1n,
    ...(isRefusedByLog && partition && { logStartOffset: BigInt(partition.log.startOffset) }),
    ...describeRefusal(result, `${topic?.name}-${index}`),
    ...(isElsewhere && { currentLeader: hints.of(partition) }),
  };
}
