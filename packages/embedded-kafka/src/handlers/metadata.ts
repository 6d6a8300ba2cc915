// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { isTopicName, type Topic } from "../topics/topic-catalog.ts";
import { type Handler, nodeId, type RequestContext } from "./handler.ts";

/** Tells the broker and the topics. Topics asked for by name come into being, if that is on. */
export const metadata: Handler<"metadata"> = (request, context) => {
  const { broker, address, version } = context;
  // Version 0 cannot say null; there an empty list asks for everything.
  const wantsAll = request.topics === null || (version === 0 && request.topics.length === 0);
  const names = wantsAll
    ? [...broker.topics.topics].map(({ name }) => name)
    : (request.topics ?? []).map(({ name }) => name);
  return {
    brokers: [{ nodeId, host: address.host, port: address.port }],
    clusterId: broker.storage.clusterId,
    controllerId: nodeId,
    topics: names.map((name) => describe(name, request.allowAutoTopicCreation, context)),
  };
};

function describe(name: string, mayCreate: boolean, { broker }: RequestContext) {
  let topic = broker.topics.get(name);
  if (!topic && !isTopicName(name)) return failed(name, errorCodes.INVALID_TOPIC_EXCEPTION);
  if (!topic && mayCreate && broker.autoCreateTopics) {
    topic = broker.topics.create(name, broker.defaultPartitions);
  }
  return topic ? described(topic) : failed(name, errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
}

const failed = (name: string, errorCode: number) => ({ errorCode, name, partitions: [] });

const described = (topic: Topic) => ({
  errorCode: errorCodes.NONE,
  name: topic.name,
  partitions: topic.partitions.map((_, index) => ({
    errorCode: errorCodes.NONE,
    index,
    leaderId: nodeId,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
  })),
});
