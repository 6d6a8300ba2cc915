// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Topic } from "../topics/topic.ts";
import { isTopicName } from "../topics/topic-name.ts";
import { clusterOperations, topicOperations } from "./authorized-operations.ts";
import { describePartition } from "./describe-partition.ts";
import { storing } from "./fault.ts";
import type { Handler, RequestContext } from "./handler.ts";

type Request = RequestOf<"metadata">;

/** Tells the brokers and the topics. Topics asked for by name come into being, if that is on. */
export const metadata: Handler<"metadata"> = (request, context) => {
  const { cluster, version } = context;
  const wanted = request.topics ?? [];
  if (wanted.some((topic) => !isClear(topic, version))) return refused(wanted);
  return {
    brokers: cluster.runningNodes.map((node) => ({ nodeId: node.id, ...context.addressOf(node) })),
    clusterId: cluster.storage.clusterId,
    controllerId: cluster.controllerId,
    topics: describeAll(request, context).map((topic) =>
      // As on Kafka nothing may be done with an id that no topic has.
      request.includeTopicAuthorizedOperations && topic.name !== null
        ? { ...topic, topicAuthorizedOperations: topicOperations }
        : topic,
    ),
    ...(request.includeClusterAuthorizedOperations && {
      clusterAuthorizedOperations: clusterOperations,
    }),
  };
};

/** Says whether a topic has a name, or an id where ids may be asked for. */
function isClear({ name, topicId }: NonNullable<Request["topics"]>[number], version: number) {
  return version >= 12
    ? name !== null || !topicId.equals(noId)
    : name !== null && topicId.equals(noId);
}

/** There is no place for an error but the topics. */
function refused(topics: NonNullable<Request["topics"]>) {
  return {
    brokers: [],
    topics: topics.map(({ name, topicId }) => ({
      errorCode: errorCodes.INVALID_REQUEST,
      name: name ?? "",
      topicId,
      partitions: [],
    })),
  };
}

function describeAll(request: Request, context: RequestContext) {
  const { cluster, version } = context;
  // Version 0 cannot say null; there an empty list asks for everything.
  if (request.topics === null || (version === 0 && request.topics.length === 0)) {
    return [...cluster.topics.topics].map((topic) => described(topic, context));
  }
  // By id or by name: as on Kafka names do not count where there is an id.
  const ids = request.topics.map(({ topicId }) => topicId).filter((id) => !id.equals(noId));
  if (ids.length > 0) {
    const unique = new Map(ids.map((id) => [id.toString("hex"), id]));
    return [...unique.values()].map((id) => describeId(id, context));
  }
  const names = new Set(request.topics.map(({ name }) => name ?? ""));
  return [...names].map((name) => describeName(name, request.allowAutoTopicCreation, context));
}

function describeId(topicId: Buffer, context: RequestContext) {
  const topic = context.cluster.topics.byId(topicId);
  if (topic) return described(topic, context);
  return { ...failed(null, errorCodes.UNKNOWN_TOPIC_ID), topicId };
}

function describeName(name: string, mayCreate: boolean, context: RequestContext) {
  const { topics, options } = context.cluster;
  const known = topics.get(name);
  if (known) return described(known, context);
  if (!isTopicName(name)) return failed(name, errorCodes.INVALID_TOPIC_EXCEPTION);
  if (!mayCreate || !options.autoCreateTopics) {
    return failed(name, noTopic);
  }
  return create(name, context);
}

function create(name: string, context: RequestContext) {
  const { cluster } = context;
  const { topics, options } = cluster;
  if (topics.collision(name)) return failed(name, errorCodes.INVALID_TOPIC_EXCEPTION);
  const { defaultPartitions: partitions, defaultReplicationFactor: replicationFactor } = options;
  const fault = storing(cluster, `Cannot create the topic '${name}'`, () =>
    topics.create({ name, partitions, replicationFactor }),
  );
  const made = topics.get(name);
  return made ? described(made, context) : failed(name, fault?.errorCode ?? noTopic);
}

const noId = Buffer.alloc(16);
const noTopic = errorCodes.UNKNOWN_TOPIC_OR_PARTITION;

const failed = (name: string | null, errorCode: number) => ({ errorCode, name, partitions: [] });

function described({ name, idBytes, partitions }: Topic, { cluster, version }: RequestContext) {
  const all = partitions.map((partition, index) => describePartition(partition, index, cluster));
  return {
    errorCode: errorCodes.NONE,
    name,
    topicId: idBytes,
    partitions: version === 0 ? all.map(withoutOffline) : all,
  };
}

/** In version 0 replicas that cannot be reached are left out, and said to be missing. */
function withoutOffline(partition: ReturnType<typeof describePartition>) {
  const { errorCode, replicaNodes, isrNodes, offlineReplicas } = partition;
  const isMissing = errorCode === errorCodes.NONE && offlineReplicas.length > 0;
  return {
    ...partition,
    errorCode: isMissing ? errorCodes.REPLICA_NOT_AVAILABLE : errorCode,
    replicaNodes: replicaNodes.filter((id) => isrNodes.includes(id)),
  };
}
