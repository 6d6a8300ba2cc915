// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const group = 0;
const transaction = 1;
const share = 2;

test("FindCoordinator names the broker that coordinates, in every version", async () => {
  await using broker = await startBroker({ brokers: 3 });
  const moved = [
    broker.faults.moveCoordinator({ group: "g", to: 1 }),
    broker.faults.moveCoordinator({ transactionalId: "g", to: 2 }),
  ];
  await using client = await RawClient.connect(broker);
  const seen = [];
  for (let version = 0; version <= 6; version++) {
    for (const keyType of version === 0 ? [group] : [group, transaction]) {
      const request = { key: "g", keyType, coordinatorKeys: ["g"] };
      const answer = await client.call("findCoordinator", version, request);
      const found = version >= 4 ? answer.coordinators[0] : answer;
      seen.push({ ...found, coordinators: undefined, throttleTimeMs: undefined, key: undefined });
    }
  }
  const expected = (version: number, nodeId: number) => ({
    errorCode: errorCodes.NONE,
    errorMessage: version === 0 ? null : version < 4 ? "NONE" : "",
    nodeId,
    host: "127.0.0.1",
    port: Number(broker.brokers[nodeId]?.split(":")[1]),
  });
  expect([moved, seen]).toEqual([
    [1, 2],
    [
      expected(0, 1),
      ...[1, 2, 3, 4, 5, 6].flatMap((version) => [expected(version, 1), expected(version, 2)]),
    ],
  ]);
});

test("FindCoordinator names another broker when the coordinator is stopped", async () => {
  await using broker = await startBroker({ brokers: 2 });
  broker.faults.moveCoordinator({ group: "g", to: 1 });
  await using stopped = await broker.faults.stop(1);
  await using client = await RawClient.connect(broker);
  const found = await client.call("findCoordinator", 3, { key: "g", keyType: group });
  await stopped.restart();
  const after = await client.call("findCoordinator", 3, { key: "g", keyType: group });
  expect([found.nodeId, after.nodeId]).toEqual([0, 0]);
});

test("FindCoordinator refuses share groups and kinds that there are not", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const one = await client.call("findCoordinator", 3, { key: "g", keyType: share });
  const many = await client.call("findCoordinator", 6, {
    keyType: 9,
    coordinatorKeys: ["g", "h"],
  });
  const refused = { errorCode: errorCodes.INVALID_REQUEST, nodeId: -1, host: "", port: -1 };
  expect([one, ...many.coordinators]).toEqual([
    expect.objectContaining(refused),
    expect.objectContaining({ ...refused, key: "g" }),
    expect.objectContaining({ ...refused, key: "h" }),
  ]);
});
