// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { PartitionKey } from "./partition-key.ts";
import { assignRanges } from "./range-assignor.ts";
import { assignUniformly } from "./uniform-assignor.ts";

/** A member to which an assignor gives partitions. */
export interface Subscriber {
  readonly id: string;
  /** Ids of the topics that it subscribes to and that exist. */
  readonly topicIds: ReadonlySet<string>;
  /** What it was given last; also of topics that it subscribes to no more, or that are gone. */
  readonly target: ReadonlySet<PartitionKey>;
}

/** Who gets what, by the ids of members: each partition of a topic that has subscribers goes to one. */
export type Assignment = Map<string, Set<PartitionKey>>;

/** Divides the partitions of topics among those who subscribe to them. */
export type Assignor = (
  subscribers: readonly Subscriber[],
  /** Number of partitions by topic id. */
  topics: ReadonlyMap<string, number>,
) => Assignment;

/** Kafka's group.consumer.assignors, by the names that members ask for; the first is the default. */
export const assignors: ReadonlyMap<string, Assignor> = new Map([
  ["uniform", assignUniformly],
  ["range", assignRanges],
]);

/** What a group uses whose members ask for none. */
export const defaultAssignor = "uniform";
