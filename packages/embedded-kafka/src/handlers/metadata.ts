// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { Topic } from "../topics/topic-catalog.ts";
import { isTopicName } from "../topics/topic-name.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Tells the brokers and the topics. Topics asked for by name come into being, if that is on. */
export const metadata: Handler<"metadata"> = (request, context) => {
  const { cluster, version } = context;
  // Version 0 cannot say null; there an empty list asks for everything.
  const wantsAll = request.topics === null || (version === 0 && request.topics.length === 0);
  const names = wantsAll
    ? [...cluster.topics.topics].map(({ name }) => name)
    : (request.topics ?? []).map(({ name }) => name ?? "");
  return {
    brokers: cluster.runningNodes.map((node) => ({ nodeId: node.id, ...context.addressOf(node) })),
    clusterId: cluster.storage.clusterId,
    controllerId: cluster.controllerId,
    topics: names.map((name) => describe(name, request.allowAutoTopicCreation, context)),
  };
};

function describe(name: string, mayCreate: boolean, context: RequestContext) {
  const { topics, options } = context.cluster;
  let topic = topics.get(name);
  if (!topic && !isTopicName(name)) return failed(name, errorCodes.INVALID_TOPIC_EXCEPTION);
  if (!topic && mayCreate && options.autoCreateTopics) {
    const { defaultPartitions: partitions, defaultReplicationFactor: replicationFactor } = options;
    topic = topics.create({ name, partitions, replicationFactor });
  }
  return topic ? described(topic, context) : failed(name, errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
}

const failed = (name: string, errorCode: number) => ({ errorCode, name, partitions: [] });

function described(topic: Topic, { cluster }: RequestContext) {
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    partitions: topic.partitions.map(({ leader, leaderEpoch, replicas }, index) => ({
      errorCode: leader === -1 ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
      index,
      leaderId: leader,
      leaderEpoch,
      replicaNodes: [...replicas],
      isrNodes: cluster.inSync(replicas),
    })),
  };
}
