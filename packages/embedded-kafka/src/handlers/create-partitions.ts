// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { checkAssignments } from "../topics/check-assignments.ts";
import { maxPartitions } from "../topics/topic-name.ts";
import { type Fault, fault, noFault, repeated, storing } from "./fault.ts";
import type { Handler } from "./handler.ts";

type Growth = RequestOf<"createPartitions">["topics"][number];

/** Adds partitions to topics. */
export const createPartitions: Handler<"createPartitions"> = (request, { cluster }) => {
  const twice = repeated(request.topics.map(({ name }) => name));
  const wanted = new Map(request.topics.map((growth) => [growth.name, growth]));
  return {
    topics: [...wanted.values()].map((growth) => {
      const { name } = growth;
      if (twice.has(name)) return { name, ...fault("INVALID_REQUEST", "Duplicate topic name.") };
      const failed = check(growth, cluster);
      if (failed || request.validateOnly) return { name, ...(failed ?? noFault) };
      return { name, ...(grow(growth, cluster) ?? noFault) };
    }),
  };
};

function grow({ name, count, assignments }: Growth, cluster: Cluster): Fault | undefined {
  return storing(cluster, `Cannot add partitions to the topic '${name}'`, () => {
    const chosen = assignments?.map(({ brokerIds }) => brokerIds);
    cluster.topics.grow(name, count, chosen);
  });
}

function check({ name, count, assignments }: Growth, cluster: Cluster): Fault | undefined {
  const partitions = cluster.topics.get(name)?.partitions;
  if (!partitions) return fault("UNKNOWN_TOPIC_OR_PARTITION");
  const current = partitions.length;
  if (count === current) {
    return fault("INVALID_PARTITIONS", `Topic already has ${current} partition(s).`);
  }
  if (count < current) {
    const message = `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`;
    return fault("INVALID_PARTITIONS", message);
  }
  const added = count - current;
  if (added > maxPartitions) {
    return fault("POLICY_VIOLATION", "Excessively large number of partitions per request.");
  }
  if (assignments === null) return undefined;
  if (assignments.length !== added) {
    const message = `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`;
    return fault("INVALID_REPLICA_ASSIGNMENT", message);
  }
  const chosen = assignments.map(({ brokerIds }) => brokerIds);
  const reason = checkAssignments(chosen, cluster, current, partitions[0]?.replicas.length);
  return reason === undefined ? undefined : fault("INVALID_REPLICA_ASSIGNMENT", reason);
}
