// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { type Fault, fault, noFault } from "./fault.ts";
import type { Handler } from "./handler.ts";

/** Kinds of elections (KIP-460). */
const electionTypes = { preferred: 0, unclean: 1 } as const;

const notNeeded = fault("ELECTION_NOT_NEEDED", "Leader election not needed for topic partition.");
const notPreferred = fault(
  "PREFERRED_LEADER_NOT_AVAILABLE",
  "The preferred leader was not available.",
);
const notEligible = fault(
  "ELIGIBLE_LEADERS_NOT_AVAILABLE",
  "Eligible topic partition leaders are not available.",
);

/** Gives partitions back to their preferred leaders. */
export const electLeaders: Handler<"electLeaders"> = ({ topics, electionType }, { cluster }) => {
  const isKnown = Object.values<number>(electionTypes).includes(electionType);
  const unknown = fault("INVALID_REQUEST", `Unknown election type ${electionType}`);
  const wanted = topics ?? [...cluster.topics.topics].map(everyPartition);
  return {
    errorCode: isKnown ? errorCodes.NONE : unknown.errorCode,
    topics: wanted.map(({ name, partitions }) => ({
      name,
      partitions: partitions
        .map((index) => ({
          index,
          ...(isKnown ? elect(name, index, electionType, cluster) : unknown),
        }))
        // Who asks for all is told of those that changed.
        .filter(({ errorCode }) => topics || errorCode !== notNeeded.errorCode),
    })),
  };
};

const everyPartition = ({
  name,
  partitions,
}: {
  name: string;
  partitions: readonly unknown[];
}) => ({
  name,
  partitions: partitions.map((_, index) => index),
});

function elect(name: string, index: number, electionType: number, cluster: Cluster): Fault {
  const topic = cluster.topics.get(name);
  if (!topic) return fault("UNKNOWN_TOPIC_OR_PARTITION", `No such topic as ${name}`);
  const partition = topic.partitions[index];
  if (!partition) {
    return fault("UNKNOWN_TOPIC_OR_PARTITION", `No such partition as ${name}-${index}`);
  }
  const [preferred = -1] = partition.replicas;
  if (electionType === electionTypes.unclean) {
    // A replica that runs leads already, as all of them have everything.
    return partition.leader === -1 ? notEligible : notNeeded;
  }
  if (partition.leader === preferred) return notNeeded;
  if (!cluster.isRunning(preferred)) return notPreferred;
  cluster.moveLeader(name, index, preferred);
  return noFault;
}
