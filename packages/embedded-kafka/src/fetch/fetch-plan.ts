// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { checkLeader } from "../handlers/check-leader.ts";
import { endOfEpoch } from "../handlers/end-of-epoch.ts";
import type { RequestContext } from "../handlers/handler.ts";
import type { PartitionLog } from "../log/partition-log.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { FetchPartition } from "./fetch-partition.ts";

type Request = RequestOf<"fetch">;

/** Kafka's fetch.max.bytes: no answer is larger, whatever the client asks for. */
const maxResponseBytes = 55 * 1024 * 1024;
/** The isolation level of readers that leave out what was not committed. */
const committedRecords = 1;
/** Since when a replica that does not lead serves consumers too (KIP-392). */
const followerVersion = 11;

/** Where the batches lie that one request is to get, which are read when it is answered. */
export class FetchPlan {
  readonly partitions: readonly FetchPartition[];
  /** Whether readers get what was committed alone. */
  readonly isCommitted: boolean;
  readonly #request: Request;
  readonly #context: RequestContext;
  readonly #limit: number;
  readonly #isReplica: boolean;
  readonly #mayFollow: boolean;
  #bytes = 0;
  #hasError = false;

  constructor(partitions: Iterable<FetchPartition>, request: Request, context: RequestContext) {
    this.partitions = [...partitions];
    this.isCommitted = request.isolationLevel === committedRecords;
    this.#request = request;
    this.#context = context;
    this.#limit = Math.min(request.maxBytes, maxResponseBytes);
    this.#isReplica = request.replicaId >= 0 || request.replicaState.replicaId >= 0;
    this.#mayFollow = context.version >= followerVersion;
  }

  /** Whether there is nothing to wait for. */
  get isEnough(): boolean {
    return this.#bytes >= this.#request.minBytes || this.#hasError || this.partitions.length === 0;
  }

  /** Looks at all partitions. */
  locate(): void {
    this.#bytes = 0;
    this.#hasError = false;
    for (const one of this.partitions) {
      this.#find(one);
      one.range = undefined;
      one.divergingEpoch = undefined;
      if (one.errorCode === errorCodes.NONE) this.#check(one);
      if (one.errorCode !== errorCodes.NONE || one.divergingEpoch) this.#hasError = true;
      else this.#locate(one, one.partition?.log);
    }
  }

  /** Looks at the partitions that have grown since the last look. */
  refresh(): void {
    for (const one of this.partitions) {
      const log = one.partition?.log;
      if (!log || log.isClosed) {
        this.locate();
        return;
      }
      if (this.#endOf(log) === one.seenEnd) continue;
      this.#bytes -= one.length;
      this.#locate(one, log);
    }
  }

  /** Lets go of what was found. */
  release(): void {
    for (const one of this.partitions) one.release();
  }

  #find(one: FetchPartition): void {
    const { cluster, node } = this.#context;
    const { name, id } = one.topic;
    const topic = id === undefined ? cluster.topics.get(name) : cluster.topics.byId(id);
    if (topic) one.foundName = topic.name;
    one.partition = topic?.partitions[one.index];
    one.errorCode =
      topic || id === undefined
        ? checkLeader(one.partition, node.id, one.currentLeaderEpoch, this.#mayFollow)
        : this.#whyGone(one.foundName);
    // All replicas share one log: whoever copies it is none of them.
    if (this.#isReplica && one.errorCode === errorCodes.NONE) {
      one.errorCode = errorCodes.NOT_LEADER_OR_FOLLOWER;
    }
  }

  /** What is said of an id that no topic has: in a session it may have been one's before. */
  #whyGone(foundName: string | undefined): number {
    if (foundName === undefined) return errorCodes.UNKNOWN_TOPIC_ID;
    return this.#context.cluster.topics.get(foundName)
      ? errorCodes.INCONSISTENT_TOPIC_ID
      : errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  }

  #check(one: FetchPartition): void {
    const { partition, offset, lastFetchedEpoch } = one;
    if (!partition) return;
    const { log } = partition;
    if (lastFetchedEpoch >= 0) {
      const end = endOfEpoch(partition, lastFetchedEpoch);
      if (end.endOffset === -1) one.errorCode = errorCodes.OFFSET_OUT_OF_RANGE;
      else if (end.leaderEpoch < lastFetchedEpoch || end.endOffset < offset) {
        one.divergingEpoch = end;
      }
    }
    if (!one.divergingEpoch && (offset < log.startOffset || offset > log.endOffset)) {
      one.errorCode = errorCodes.OFFSET_OUT_OF_RANGE;
    }
  }

  #locate(one: FetchPartition, log: PartitionLog | undefined): void {
    if (!log) return;
    const maxBytes = Math.max(0, Math.min(one.maxBytes, this.#limit - this.#bytes));
    one.seenEnd = this.#endOf(log);
    try {
      one.range = log.locate(one.offset, maxBytes, this.#bytes === 0, one.seenEnd);
    } catch (error) {
      // Compacted segments are looked into to find a batch.
      const what = `${one.foundName ?? one.topic.name}-${one.index}`;
      this.#context.cluster.logger.error(`Cannot find records of ${what}`, {
        error: String(error),
      });
      one.range = undefined;
      one.errorCode = errorCodes.KAFKA_STORAGE_ERROR;
      this.#hasError = true;
    }
    this.#bytes += one.length;
  }

  #endOf(log: PartitionLog): number {
    return this.isCommitted ? log.lastStableOffset : log.endOffset;
  }
}
