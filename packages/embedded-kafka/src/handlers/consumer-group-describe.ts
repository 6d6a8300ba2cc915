// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerGroup } from "../groups/consumer/consumer-group.ts";
import type { ConsumerMember } from "../groups/consumer/consumer-member.ts";
import { assignorOf } from "../groups/consumer/group-state.ts";
import { byTopic, type PartitionKey } from "../groups/consumer/partition-key.ts";
import { isRefusal } from "../groups/consumer/refusal.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { TopicCatalog } from "../topics/topic-catalog.ts";
import { groupOperations } from "./describe-groups.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";

/** Of a member that speaks the protocol of KIP-848; one of the classic protocol would be 0. */
const memberType = 1;

/** Tells state and members of groups whose broker assigns partitions (KIP-848). */
export const consumerGroupDescribe: Handler<"consumerGroupDescribe"> = (request, context) => ({
  groups: request.groupIds.map((groupId) => {
    const group = describe(groupId, context);
    const asks = request.includeAuthorizedOperations && group.errorCode === errorCodes.NONE;
    return asks ? { ...group, authorizedOperations: groupOperations } : group;
  }),
});

function describe(groupId: string, context: RequestContext) {
  const { consumerGroups, topics } = context.cluster;
  const errorCode =
    groupId === "" ? errorCodes.INVALID_GROUP_ID : checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return { ...nothing, groupId, errorCode };
  const group = consumerGroups.find(groupId);
  return isRefusal(group) ? { ...nothing, groupId, ...group } : describeGroup(group, topics);
}

const nothing = {
  groupState: "",
  groupEpoch: 0,
  assignmentEpoch: 0,
  assignorName: "",
  members: [],
};

function describeGroup({ id, state, content }: ConsumerGroup, topics: TopicCatalog) {
  return {
    errorCode: errorCodes.NONE,
    groupId: id,
    groupState: state,
    groupEpoch: content.epoch,
    assignmentEpoch: content.assignmentEpoch,
    assignorName: assignorOf(content),
    members: [...content.members.values()].map((member) => {
      const owned = [...member.assigned.keys(), ...member.revoking.keys()];
      const target = content.targets.get(member.id) ?? [];
      return {
        ...describeMember(member),
        assignment: { topicPartitions: namedTopics(owned, topics) },
        targetAssignment: { topicPartitions: namedTopics(target, topics) },
      };
    }),
  };
}

function describeMember(member: ConsumerMember) {
  return {
    memberId: member.id,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: `/${member.clientHost}`, // Java writes addresses so, and clients expect it.
    subscribedTopicNames: [...member.topicNames],
    subscribedTopicRegex: member.topicRegex,
    memberType,
  };
}

/** By topic, without those that have been deleted. */
function namedTopics(keys: Iterable<PartitionKey>, topics: TopicCatalog) {
  return byTopic(keys).flatMap(({ topicId, partitions }) => {
    const topic = topics.byId(topicId);
    if (!topic) return [];
    return [{ topicId: topic.idBytes, topicName: topic.name, partitions: [...partitions] }];
  });
}
