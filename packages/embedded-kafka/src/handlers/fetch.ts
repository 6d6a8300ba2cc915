// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogRange, PartitionLog } from "../log/partition-log.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition } from "../topics/topic-catalog.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Kafka's fetch.max.bytes: no answer is larger, whatever the client asks for. */
const maxResponseBytes = 55 * 1024 * 1024;

/** One partition of the answer: where its batches lie, before they are read. */
interface Part {
  readonly index: number;
  readonly errorCode: number;
  readonly log?: PartitionLog;
  readonly range?: LogRange;
}

interface Plan {
  readonly topics: readonly { readonly name: string; readonly parts: readonly Part[] }[];
  readonly bytes: number;
  readonly hasError: boolean;
}

/** Answers when minBytes are there, when maxWaitMs is over, or at once when something is wrong. */
export const fetch: Handler<"fetch"> = async (request, context) => {
  // Sessions (KIP-227) are never given: a client asks for everything each time, as it may.
  if (request.sessionId !== 0) {
    return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, topics: [] };
  }
  let plan = locate(request, context);
  if (request.maxWaitMs > 0 && !isEnough(plan, request.minBytes)) {
    const logs = plan.topics.flatMap(({ parts }) => parts.flatMap(({ log }) => log ?? []));
    await changed(logs, request.maxWaitMs, context, () => {
      plan = locate(request, context);
      return isEnough(plan, request.minBytes);
    });
  }
  return {
    errorCode: errorCodes.NONE,
    topics: plan.topics.map(({ name, parts }) => ({
      name,
      partitions: parts.map(({ index, errorCode, log, range }) => ({
        index,
        errorCode,
        highWatermark: BigInt(log?.endOffset ?? -1),
        lastStableOffset: BigInt(log?.endOffset ?? -1),
        logStartOffset: BigInt(log?.startOffset ?? -1),
        records: log && range && !log.isClosed ? log.read(range) : Buffer.alloc(0),
      })),
    })),
  };
};

function isEnough(plan: Plan, minBytes: number): boolean {
  return plan.bytes >= minBytes || plan.hasError;
}

function locate(request: RequestOf<"fetch">, { cluster, node }: RequestContext): Plan {
  const limit = Math.min(request.maxBytes, maxResponseBytes);
  let bytes = 0;
  let hasError = false;
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    parts: partitions.map((wanted): Part => {
      const { index, maxBytes, currentLeaderEpoch } = wanted;
      const offset = Number(wanted.fetchOffset);
      const partition = cluster.topics.partition(name, index);
      const log = partition?.log;
      const errorCode = check(partition, node.id, offset, currentLeaderEpoch);
      if (!log || errorCode !== errorCodes.NONE) {
        hasError = true;
        return log ? { index, errorCode, log } : { index, errorCode };
      }
      const range = log.locate(offset, Math.max(0, Math.min(maxBytes, limit - bytes)), bytes === 0);
      bytes += range.length;
      return { index, errorCode, log, range };
    }),
  }));
  return { topics, bytes, hasError };
}

function check(
  partition: Partition | undefined,
  nodeId: number,
  offset: number,
  epoch: number,
): number {
  if (!partition) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  const { log, leader, leaderEpoch } = partition;
  if (leader !== nodeId) return errorCodes.NOT_LEADER_OR_FOLLOWER;
  if (epoch >= 0 && epoch < leaderEpoch) return errorCodes.FENCED_LEADER_EPOCH;
  if (epoch > leaderEpoch) return errorCodes.UNKNOWN_LEADER_EPOCH;
  if (offset < log.startOffset || offset > log.endOffset) return errorCodes.OFFSET_OUT_OF_RANGE;
  return errorCodes.NONE;
}

/** Resolves when `isDone` says so after a change of a log or a leader, or when the time is over. */
function changed(
  logs: readonly PartitionLog[],
  ms: number,
  { cluster, onClose }: RequestContext,
  isDone: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    const finish = () => {
      for (const cancel of cancels) cancel();
      resolve();
    };
    const ask = () => {
      isAsked = false;
      if (isDone()) finish();
    };
    const askSoon = () => {
      // Once for all partitions that one produce request appends to.
      if (!isAsked) queueMicrotask(ask);
      isAsked = true;
    };
    const cancels = logs.map((log) => log.watch(askSoon));
    cancels.push(cluster.onLeader(askSoon));
    cancels.push(
      cluster.clock.after(ms, () => {
        isDone();
        finish();
      }),
    );
    cancels.push(onClose(finish));
  });
}
