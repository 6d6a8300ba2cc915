// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { CommittedOffset } from "../groups/group-coordinator.ts";
import type { Handler } from "./handler.ts";

/** Kafka's offset.metadata.max.bytes. */
const maxMetadataBytes = 4096;

/** Stores how far a group has come. When it answers, a restart finds it. */
export const offsetCommit: Handler<"offsetCommit"> = (request, { cluster }) => {
  const { groupId, memberId, generationId } = request;
  const group =
    cluster.groups.get(groupId) ??
    (generationId < 0 && groupId !== "" ? cluster.groups.getOrCreate(groupId) : undefined);
  const groupError = group
    ? group.checkCommit(memberId, generationId)
    : groupId === ""
      ? errorCodes.INVALID_GROUP_ID
      : errorCodes.ILLEGAL_GENERATION;
  const committed: CommittedOffset[] = [];
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index, committedOffset, committedMetadata }) => {
      const errorCode =
        groupError ||
        (cluster.topics.partition(name, index) ? 0 : errorCodes.UNKNOWN_TOPIC_OR_PARTITION) ||
        (Buffer.byteLength(committedMetadata ?? "") > maxMetadataBytes
          ? errorCodes.OFFSET_METADATA_TOO_LARGE
          : errorCodes.NONE);
      if (errorCode === errorCodes.NONE) {
        committed.push({
          groupId,
          protocolType: group?.protocolType ?? "",
          topic: name,
          partition: index,
          offset: committedOffset,
          metadata: committedMetadata,
        });
      }
      return { index, errorCode };
    }),
  }));
  cluster.groups.commit(committed);
  return { topics };
};

/** Tells how far a group has come: -1 where it never committed. */
export const offsetFetch: Handler<"offsetFetch"> = (request, { cluster }) => {
  const { groupId } = request;
  const wanted =
    request.topics ??
    [...cluster.groups.offsetsOf(groupId)].map(([name, partitions]) => ({
      name,
      partitions: [...partitions.keys()],
    }));
  return {
    topics: wanted.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((index) => {
        const committed = cluster.groups.offset(groupId, name, index);
        return {
          index,
          committedOffset: committed?.offset ?? -1n,
          metadata: committed ? committed.metadata : "",
          errorCode: errorCodes.NONE,
        };
      }),
    })),
    errorCode: errorCodes.NONE,
  };
};
