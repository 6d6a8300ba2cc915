// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ApiId } from "../protocol/apis.ts";

type Message = Readonly<Record<string, unknown>>;

/** What a request is about. */
export interface RequestSubjects {
  readonly topics: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly transactionalIds: ReadonlySet<string>;
}

/**
 * Finds the names of topics, groups and transactions in a request of any kind.
 *
 * @param nameOf the name of a topic by its UUID in base64url, which newer requests have instead
 */
export function subjectsOf(
  id: ApiId,
  request: object,
  nameOf: (topicId: string) => string | undefined,
): RequestSubjects {
  const { keyType, key, coordinatorKeys, ...message } = request as Message;
  const topics = new Set<string>();
  const groups = new Set<string>();
  const transactionalIds = new Set<string>();
  const add = (set: Set<string>, value: unknown) => {
    if (typeof value === "string" && value !== "") set.add(value);
  };
  const addAll = (set: Set<string>, values: unknown, name: string) => {
    for (const value of listOf(values)) add(set, isMessage(value) ? value[name] : value);
  };
  if (id === "findCoordinator") {
    const kind = keyType === 0 ? groups : keyType === 1 ? transactionalIds : undefined;
    if (kind) for (const each of [key, ...listOf(coordinatorKeys)]) add(kind, each);
  }
  const visit = (part: Message) => {
    add(groups, part.groupId);
    addAll(groups, part.groups, "groupId");
    addAll(groups, part.groupIds, "");
    addAll(groups, part.groupNames, "");
    add(transactionalIds, part.transactionalId);
    add(transactionalIds, part.v3AndBelowTransactionalId);
    addAll(transactionalIds, part.transactionalIds, "");
    addAll(topics, part.topicNames, "");
    addAll(topics, part.subscribedTopicNames, "");
    for (const name of ["topics", "v3AndBelowTopics", "topicPartitions"]) {
      addAll(topics, part[name], "name");
      for (const topic of listOf(part[name])) {
        const uuid = isMessage(topic) && topic.topicId;
        if (Buffer.isBuffer(uuid)) add(topics, nameOf(uuid.toString("base64url")));
      }
    }
    for (const resource of listOf(part.resources)) {
      // Of DescribeConfigs and its kin: 2 is a topic, 32 a group.
      if (!isMessage(resource)) continue;
      if (resource.resourceType === 2) add(topics, resource.resourceName);
      if (resource.resourceType === 32) add(groups, resource.resourceName);
    }
    for (const name of ["groups", "transactions"]) {
      for (const inner of listOf(part[name])) if (isMessage(inner)) visit(inner);
    }
  };
  visit(message);
  return { topics, groups, transactionalIds };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isMessage = (value: unknown): value is Message =>
  typeof value === "object" && value !== null && !Buffer.isBuffer(value);
