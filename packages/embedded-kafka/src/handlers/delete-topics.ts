// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { Topic } from "../topics/topic.ts";
import { type Fault, fault, noFault, repeated, storing } from "./fault.ts";
import type { Handler } from "./handler.ts";

/** A topic by its name or, from version 6 on, by its id. */
interface Wanted {
  readonly name: string | null;
  readonly topicId: Buffer;
}

const noId = Buffer.alloc(16);

/** Deletes topics, with the offsets that groups committed of them. */
export const deleteTopics: Handler<"deleteTopics"> = (request, { cluster, version }) => {
  const wanted: Wanted[] =
    version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: noId }));
  const twice = repeated(wanted.map(keyOf));
  const distinct = [...new Map(wanted.map((topic) => [keyOf(topic), topic])).values()];
  const found = distinct.map((topic) => ({ topic, is: find(topic, cluster) }));
  const both = repeated(found.flatMap(({ is }) => (isTopic(is) ? [is] : [])));
  const deleted = found
    .filter(({ topic, is }) => !isTopic(is) || !both.has(is) || topic.name !== null)
    .map(({ topic, is }) => {
      if (twice.has(keyOf(topic))) return { ...topic, ...duplicate(topic) };
      if (!isTopic(is)) return { ...topic, ...is };
      const named = { name: is.name, topicId: is.idBytes };
      return { ...named, ...(both.has(is) ? givenTwice : remove(is, cluster)) };
    });
  return { topics: deleted };
};

const givenTwice = fault(
  "INVALID_REQUEST",
  "The provided topic name maps to an ID that was already supplied.",
);
const duplicate = ({ name }: Wanted) =>
  fault("INVALID_REQUEST", `Duplicate topic ${name === null ? "id" : "name"}.`);

const keyOf = ({ name, topicId }: Wanted) => `${name === null} ${name ?? topicId.toString("hex")}`;

const isTopic = (found: Topic | Fault): found is Topic => "partitions" in found;

function find({ name, topicId }: Wanted, { topics }: Cluster): Topic | Fault {
  const hasId = !topicId.equals(noId);
  if (name === null) {
    if (!hasId) return fault("INVALID_REQUEST", "Neither topic name nor id were specified.");
    const unknown = fault("UNKNOWN_TOPIC_ID", "This server does not host this topic ID.");
    return topics.byId(topicId) ?? unknown;
  }
  if (hasId) {
    return fault("INVALID_REQUEST", "You may not specify both topic name and topic id.");
  }
  const message = "This server does not host this topic-partition.";
  return topics.get(name) ?? fault("UNKNOWN_TOPIC_OR_PARTITION", message);
}

function remove({ name }: Topic, cluster: Cluster): Fault {
  const failed = storing(cluster, `Cannot delete the topic '${name}'`, () => {
    cluster.topics.delete(name);
    cluster.groups.forgetTopic(name);
  });
  return failed ?? noFault;
}
