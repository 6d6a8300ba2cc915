// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { FoundRecord } from "../log/find-record.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition } from "../topics/topic.ts";
import { checkLeader } from "./check-leader.ts";
import { repeated, storing } from "./fault.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** What stands for an offset in place of a time, and the first version that knows it. */
const special = {
  latest: { timestamp: -1n, since: 1 },
  earliest: { timestamp: -2n, since: 1 },
  /** The record with the latest time (KIP-734). */
  maxTimestamp: { timestamp: -3n, since: 7 },
  /** The first that is not in a remote storage alone (KIP-405). */
  earliestLocal: { timestamp: -4n, since: 8 },
  /** The last that is in a remote storage (KIP-1005). */
  latestTiered: { timestamp: -5n, since: 9 },
  /** The first that is not in a remote storage yet (KIP-1023). */
  earliestPendingUpload: { timestamp: -6n, since: 11 },
} as const;
/** Clients that look at what a replica has, whoever leads. */
const debuggingReplica = -2;
const committedRecords = 1;
const isolationLevels = [0, committedRecords];

type Request = RequestOf<"listOffsets">;
type Wanted = Request["topics"][number]["partitions"][number];

/** Finds offsets by time, or those of the log's ends. */
export const listOffsets: Handler<"listOffsets"> = (request, context) => ({
  topics: request.topics.map(({ name, partitions }) => {
    const twice = repeated(partitions.map(({ index }) => index));
    const distinct = [...new Map(partitions.map((wanted) => [wanted.index, wanted])).values()];
    return {
      name,
      partitions: distinct.map((wanted) => {
        const { index } = wanted;
        if (twice.has(index)) return { index, errorCode: errorCodes.INVALID_REQUEST };
        const partition = context.cluster.topics.partition(name, index);
        return { index, ...answer({ ...wanted, name }, partition, request, context) };
      }),
    };
  }),
});

function answer(
  { name, index, timestamp, currentLeaderEpoch }: Wanted & { readonly name: string },
  partition: Partition | undefined,
  { isolationLevel, replicaId }: Request,
  { cluster, node, version }: RequestContext,
) {
  if (!isolationLevels.includes(isolationLevel)) return { errorCode: errorCodes.INVALID_REQUEST };
  if (!isKnown(timestamp, version)) return { errorCode: errorCodes.UNSUPPORTED_VERSION };
  const mayFollow = replicaId === debuggingReplica;
  const errorCode = checkLeader(partition, node.id, currentLeaderEpoch, mayFollow);
  if (errorCode !== errorCodes.NONE || !partition) return { errorCode };
  const end =
    isolationLevel === committedRecords ? partition.log.lastStableOffset : partition.log.endOffset;
  let found: ReturnType<typeof find>;
  const failed = storing(cluster, `Cannot find offsets of ${name}-${index}`, () => {
    found = find(partition, timestamp, end); // It may read batches.
  });
  if (failed) return { errorCode: failed.errorCode };
  if (!found) return { errorCode };
  return {
    errorCode,
    timestamp: BigInt(found.timestamp),
    offset: BigInt(found.offset),
    leaderEpoch: found.leaderEpoch,
  };
}

function isKnown(timestamp: bigint, version: number): boolean {
  if (timestamp >= 0n) return true;
  const found = Object.values(special).find((one) => one.timestamp === timestamp);
  return found !== undefined && version >= found.since;
}

function find({ log, leaderEpoch }: Partition, timestamp: bigint, end: number) {
  switch (timestamp) {
    case special.latest.timestamp:
      return { offset: end, timestamp: -1, leaderEpoch };
    case special.earliest.timestamp:
    case special.earliestLocal.timestamp:
      return { offset: log.startOffset, timestamp: -1, leaderEpoch: log.startEpoch ?? leaderEpoch };
    case special.maxTimestamp.timestamp:
      return before(end, log.findMaxTimestamp());
    case special.latestTiered.timestamp:
    case special.earliestPendingUpload.timestamp:
      return undefined; // There is no remote storage.
    default:
      return before(end, log.findByTimestamp(Number(timestamp)));
  }
}

/** What a reader cannot read yet is not told either. */
function before(end: number, found: FoundRecord | undefined): FoundRecord | undefined {
  return found && found.offset < end ? found : undefined;
}
