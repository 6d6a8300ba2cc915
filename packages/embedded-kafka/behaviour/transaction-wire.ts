// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Requests of idempotent and transactional producers, as in wire.ts.

import type { RawClient } from "../src/raw-client.testing.ts";
import { unsettled } from "./group-wire.ts";
import { batchOf, type TestRecord } from "./record-batches.ts";
import { errorName, only, produce, until } from "./wire.ts";

/** A producer as its coordinator knows it. */
export interface ProducerIdentity {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
}

export interface InitOptions {
  transactionalId?: string | null;
  timeoutMs?: number;
  producerId?: bigint;
  producerEpoch?: number;
  version?: number;
}

export async function initProducerId(client: RawClient, options: InitOptions = {}) {
  const { transactionalId = null, timeoutMs = 60_000, version = 4 } = options;
  const answer = await client.call("initProducerId", version, {
    transactionalId,
    transactionTimeoutMs: timeoutMs,
    producerId: options.producerId ?? -1n,
    producerEpoch: options.producerEpoch ?? -1,
  });
  const { producerId, producerEpoch } = answer;
  return { error: errorName(answer.errorCode), producerId, producerEpoch };
}

/** A transactional producer, once what it left open is aborted. */
export async function begin(
  client: RawClient,
  transactionalId: string,
  options: InitOptions = {},
): Promise<ProducerIdentity> {
  const { error, producerId, producerEpoch } = await until(
    () => initProducerId(client, { ...options, transactionalId }),
    (answer) => !retriable.has(answer.error),
  );
  if (error !== "NONE") throw new Error(`Cannot begin '${transactionalId}': ${error}`);
  return { transactionalId, producerId, producerEpoch };
}

/** Answers of a coordinator that is busy with the transaction before, or not ready. */
export const retriable: ReadonlySet<string> = new Set(["CONCURRENT_TRANSACTIONS", ...unsettled]);

/** Adds partitions of a topic to a transaction. */
export async function addPartitions(
  client: RawClient,
  producer: ProducerIdentity,
  topic: string,
  partitions = [0],
) {
  const { resultsByTopicV3AndBelow } = await until(
    () =>
      client.call("addPartitionsToTxn", 3, {
        v3AndBelowTransactionalId: producer.transactionalId,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions }],
      }),
    (answer) =>
      !answer.resultsByTopicV3AndBelow.some(({ resultsByPartition }) =>
        resultsByPartition.some((one) => retriable.has(errorName(one.partitionErrorCode))),
      ),
  );
  const results = only(resultsByTopicV3AndBelow).resultsByPartition;
  return results
    .sort((a, b) => a.index - b.index)
    .map(({ partitionErrorCode }) => errorName(partitionErrorCode));
}

/** Appends to a partition as part of a transaction. */
export function produceIn(
  client: RawClient,
  producer: ProducerIdentity,
  topic: string,
  records: readonly (TestRecord | string)[],
  { partition = 0, sequence = 0, version = 9 } = {},
) {
  const { transactionalId, producerId, producerEpoch } = producer;
  const batch = batchOf(records, {
    producerId,
    producerEpoch,
    baseSequence: sequence,
    isTransactional: true,
  });
  return produce(client, topic, batch, { partition, transactionalId, version });
}

/** Adds a partition and appends to it, at its leader where the coordinator is another broker. */
export async function write(
  client: RawClient,
  producer: ProducerIdentity,
  topic: string,
  records: readonly (TestRecord | string)[],
  { partition = 0, sequence = 0, leader = client } = {},
) {
  const [added] = await addPartitions(client, producer, topic, [partition]);
  if (added !== "NONE") throw new Error(`Cannot add '${topic}': ${added}`);
  const { error, baseOffset } = await produceIn(leader, producer, topic, records, {
    partition,
    sequence,
  });
  if (error !== "NONE") throw new Error(`Cannot produce to '${topic}': ${error}`);
  return baseOffset;
}

/** Commits or aborts; resolves when the coordinator is done with the one before. */
export async function end(client: RawClient, producer: ProducerIdentity, committed: boolean) {
  const { transactionalId, producerId, producerEpoch } = producer;
  const asked = { transactionalId, producerId, producerEpoch, committed };
  const { errorCode } = await until(
    () => client.call("endTxn", 3, asked),
    (answer) => !retriable.has(errorName(answer.errorCode)),
  );
  return errorName(errorCode);
}

/** Adds a group's offsets to a transaction. */
export async function addOffsets(client: RawClient, producer: ProducerIdentity, groupId: string) {
  const { errorCode } = await until(
    () => client.call("addOffsetsToTxn", 3, { ...producer, groupId }),
    (answer) => !retriable.has(errorName(answer.errorCode)),
  );
  return errorName(errorCode);
}

export interface TxnCommitOptions {
  group: string;
  topic: string;
  offset: number;
  memberId?: string;
  generation?: number;
  instanceId?: string;
}

/** Commits an offset as part of a transaction (KIP-447). */
export async function commitIn(
  client: RawClient,
  producer: ProducerIdentity,
  options: TxnCommitOptions,
) {
  const { topics } = await client.call("txnOffsetCommit", 3, {
    ...producer,
    groupId: options.group,
    generationId: options.generation ?? -1,
    memberId: options.memberId ?? "",
    groupInstanceId: options.instanceId ?? null,
    topics: [
      {
        name: options.topic,
        partitions: [
          { index: 0, committedOffset: BigInt(options.offset), committedMetadata: null },
        ],
      },
    ],
  });
  return errorName(only(only(topics).partitions).errorCode);
}

/** What a coordinator knows of a transactional id. */
export async function describeTransaction(client: RawClient, transactionalId: string) {
  const asked = { transactionalIds: [transactionalId] };
  const { transactionStates } = await client.call("describeTransactions", 0, asked);
  const state = only(transactionStates);
  return {
    error: errorName(state.errorCode),
    state: state.transactionState,
    timeoutMs: state.transactionTimeoutMs,
    hasStart: state.transactionStartTimeMs > 0n,
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    topics: state.topics,
  };
}
