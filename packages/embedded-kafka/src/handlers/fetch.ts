// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { FetchPartition, FetchTopic } from "../fetch/fetch-partition.ts";
import { FetchPlan } from "../fetch/fetch-plan.ts";
import {
  type FetchPartitions,
  type FetchSession,
  forgetPartitions,
  takePartitions,
  usesTopicIds,
} from "../fetch/fetch-session.ts";
import { waitForRecords } from "../fetch/wait-for-records.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { LeaderHints } from "./check-leader.ts";
import type { Handler, RequestContext } from "./handler.ts";

type Request = RequestOf<"fetch">;

/** Epochs that begin a session, and that do without one (KIP-227). */
const firstEpoch = 0;
const noSessionEpoch = -1;
/** All records, or those that were committed (KIP-98). */
const isolationLevels = [0, 1];
/** Since when answers say who leads instead (KIP-951). */
const hintsVersion = 16;
/** Since when there are sessions. */
const sessionVersion = 7;

/** Answers when minBytes are there, when maxWaitMs is over, or at once when something is wrong. */
export const fetch: Handler<"fetch"> = (request, context) => {
  const wanted = findWanted(request, context);
  if ("errorCode" in wanted) return { ...wanted, topics: [] };
  const plan = new FetchPlan(wanted.partitions.values(), request, context);
  const finish = (isConnected: boolean) => {
    const answered = isConnected ? answer(plan, wanted, request, context) : null;
    plan.release();
    return answered;
  };
  plan.locate();
  if (request.maxWaitMs <= 0 || plan.isEnough) return finish(true);
  return waitForRecords(plan, request.maxWaitMs, context).then(finish);
};

/** What a request asks for. */
interface Wanted {
  readonly partitions: FetchPartitions;
  /** The session of which it is not the first request. */
  readonly session?: FetchSession;
}

function findWanted(
  request: Request,
  { node: { fetchSessions }, version }: RequestContext,
): Wanted | { errorCode: number } {
  const { sessionId, sessionEpoch, isolationLevel } = request;
  if (!isolationLevels.includes(isolationLevel)) return { errorCode: errorCodes.INVALID_REQUEST };
  if (sessionEpoch === firstEpoch || sessionEpoch === noSessionEpoch) {
    if (sessionId !== 0) fetchSessions.close(sessionId);
    const partitions: FetchPartitions = new Map();
    takePartitions(partitions, request, version);
    return { partitions };
  }
  const session = fetchSessions.get(sessionId);
  if (!session) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND };
  if (session.epoch !== sessionEpoch) {
    return { errorCode: errorCodes.INVALID_FETCH_SESSION_EPOCH };
  }
  if (session.usesTopicIds !== usesTopicIds(version)) {
    return { errorCode: errorCodes.FETCH_SESSION_TOPIC_ID_ERROR };
  }
  fetchSessions.use(session);
  takePartitions(session.partitions, request, version);
  forgetPartitions(session.partitions, request, version);
  return { partitions: session.partitions, session };
}

function answer(plan: FetchPlan, wanted: Wanted, request: Request, context: RequestContext) {
  const { partitions, session } = wanted;
  const isOpened = request.sessionEpoch === firstEpoch && context.version >= sessionVersion;
  const opened = isOpened ? openSession(partitions, context) : undefined;
  const told = session ? takeNews(plan, session) : plan.partitions;
  const hints = new LeaderHints(context);
  const topics: { topic: FetchTopic; partitions: FetchPartition[] }[] = [];
  for (const one of told) {
    const last = topics.at(-1);
    if (last && isSame(last.topic, one.topic)) last.partitions.push(one);
    else topics.push({ topic: one.topic, partitions: [one] });
  }
  return {
    errorCode: errorCodes.NONE,
    sessionId: (session ?? opened)?.id ?? 0,
    topics: topics.map(({ topic, partitions }) => ({
      name: topic.name,
      topicId: topic.idBytes,
      partitions: partitions.map((one) => describe(one, plan, hints, context)),
    })),
    nodeEndpoints: hints.nodeEndpoints,
  };
}

const isSame = (one: FetchTopic, other: FetchTopic) =>
  one === other || (one.name === other.name && one.id === other.id);

function openSession(partitions: FetchPartitions, { node, version }: RequestContext) {
  const opened = node.fetchSessions.open(partitions, usesTopicIds(version));
  if (opened) for (const one of partitions.values()) one.takeNews();
  return opened;
}

/** What the client of a session has yet to hear. Partitions that had records are served last next time. */
function takeNews({ partitions }: FetchPlan, session: FetchSession): FetchPartition[] {
  const told = partitions.filter((one) => one.takeNews());
  for (const one of told) {
    if (one.length === 0) continue;
    session.partitions.delete(one.key);
    session.partitions.set(one.key, one);
  }
  return told;
}

function describe(
  one: FetchPartition,
  { isCommitted }: FetchPlan,
  hints: LeaderHints,
  context: RequestContext,
) {
  const { index, partition, divergingEpoch } = one;
  const records = read(one, context);
  if (one.errorCode !== errorCodes.NONE || !partition) {
    return describeError(one, hints, context.version);
  }
  const { log } = partition;
  return {
    index,
    errorCode: errorCodes.NONE,
    highWatermark: BigInt(log.endOffset),
    lastStableOffset: BigInt(log.lastStableOffset),
    logStartOffset: BigInt(log.startOffset),
    ...(divergingEpoch && {
      divergingEpoch: {
        epoch: divergingEpoch.leaderEpoch,
        endOffset: BigInt(divergingEpoch.endOffset),
      },
    }),
    abortedTransactions: isCommitted && !divergingEpoch ? abortedIn(one) : null,
    records,
  };
}

/** The records that were found, which may be an error yet. */
function read(one: FetchPartition, { cluster }: RequestContext): Buffer {
  const { partition, range, foundName, index } = one;
  if (!partition || !range) return nothing;
  try {
    return partition.log.read(range);
  } catch (error) {
    cluster.logger.error(`Cannot read records of ${foundName}-${index}`, { error: String(error) });
    one.errorCode = errorCodes.KAFKA_STORAGE_ERROR;
    return nothing;
  }
}

function describeError(
  { index, errorCode, partition }: FetchPartition,
  hints: LeaderHints,
  version: number,
) {
  const isElsewhere =
    errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER || errorCode === errorCodes.FENCED_LEADER_EPOCH;
  const isHinted = isElsewhere && version >= hintsVersion && partition;
  return {
    index,
    errorCode,
    highWatermark: -1n,
    abortedTransactions: partition ? null : [],
    records: nothing,
    ...(isHinted && { currentLeader: hints.of(partition) }),
  };
}

const nothing = Buffer.alloc(0);

function abortedIn({ offset, partition, range }: FetchPartition) {
  const aborted = range && partition ? partition.log.abortedTransactions(offset, range) : [];
  return aborted.map(({ producerId, firstOffset }) => ({
    producerId: BigInt(producerId),
    firstOffset: BigInt(firstOffset),
  }));
}
