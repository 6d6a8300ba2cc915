// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createBatch } from "../log/record-batch.testing.ts";

/** A topic as requests name it: by its id from some version on. */
export interface NamedTopic {
  name?: string;
  topicId?: Buffer;
}

/** A Produce request with one batch for partition 0 of a topic. */
export function produceOf(values: string[], { name = "t", topicId = noId }: NamedTopic = {}) {
  return {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topics: [{ name, topicId, partitions: [{ index: 0, records: createBatch({ values }) }] }],
  };
}

/** Options of {@link fetchOf}: fields of the request, and of its partitions. */
export interface FetchOptions extends NamedTopic {
  indexes?: number[];
  offset?: bigint;
  partitionMaxBytes?: number;
  currentLeaderEpoch?: number;
  maxWaitMs?: number;
  minBytes?: number;
  maxBytes?: number;
  isolationLevel?: number;
  sessionId?: number;
  sessionEpoch?: number;
}

/** A Fetch request for partitions of a topic. */
export function fetchOf(options: FetchOptions = {}) {
  const { name = "t", topicId = noId, indexes = [0], offset = 0n, ...request } = options;
  const { partitionMaxBytes: maxBytes = 1_000_000, currentLeaderEpoch = -1, ...rest } = request;
  const partitions = indexes.map((index) => {
    return { index, fetchOffset: offset, maxBytes, currentLeaderEpoch };
  });
  return {
    maxWaitMs: 0,
    minBytes: 1,
    forgottenTopics: [],
    topics: partitions.length > 0 ? [{ name, topicId, partitions }] : [],
    ...rest,
  };
}

const noId = Buffer.alloc(16);
