// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

test("CreatePartitions only adds", async () => {
  const topics = [{ name: "t", partitions: 2, replicationFactor: 1 }];
  await using broker = await startBroker({ brokers: 2, topics });
  await using client = await RawClient.connect(broker);
  const grow = async (name: string, count: number, assignments: number[][] | null = null) => {
    const answer = await client.call("createPartitions", 3, {
      topics: [
        { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null },
      ],
      timeoutMs: 1_000,
      validateOnly: count === 9,
    });
    return answer.topics[0]?.errorCode;
  };
  const seen = {
    unknown: await grow("nope", 3),
    same: await grow("t", 2),
    fewer: await grow("t", 1),
    million: await grow("t", 1_000_000),
    uneven: await grow("t", 3, [[0], [0]]),
    unknownBroker: await grow("t", 3, [[2]]),
    replicas: await grow("t", 3, [[0, 1]]),
    checked: await grow("t", 9),
    assigned: await grow("t", 3, [[1]]),
    plain: await grow("t", 5),
  };
  const [topic] = (await client.call("metadata", 12, { topics: null })).topics;
  const leaders = topic?.partitions.map(({ leaderId }) => leaderId) ?? [];
  expect({ ...seen, count: leaders.length, assignedTo: leaders[2] }).toEqual({
    unknown: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    same: errorCodes.INVALID_PARTITIONS,
    fewer: errorCodes.INVALID_PARTITIONS,
    million: errorCodes.POLICY_VIOLATION,
    uneven: errorCodes.INVALID_REPLICA_ASSIGNMENT,
    unknownBroker: errorCodes.INVALID_REPLICA_ASSIGNMENT,
    replicas: errorCodes.INVALID_REPLICA_ASSIGNMENT,
    checked: errorCodes.NONE,
    assigned: errorCodes.NONE,
    plain: errorCodes.NONE,
    count: 5,
    assignedTo: 1,
  });
});
