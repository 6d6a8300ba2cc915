// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { type Broker, startBroker } from "../start-broker.ts";
import { assignment, enterAlone, joinAs, joinOf, named, offsetOf } from "./groups.testing.ts";

const groupId = "g";

/** A client of each of the brokers. */
async function connectAll(broker: Broker) {
  const clients = await Promise.all(
    broker.brokers.map((address) => {
      const [host, port] = address.split(":") as [string, string];
      return RawClient.connect({ host, port: Number(port) });
    }),
  );
  return {
    clients,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client[Symbol.asyncDispose]();
    },
  };
}

test("only a group's coordinator answers for it, and only it lists the group", async () => {
  await using broker = await startBroker({ brokers: 3, topics: [{ name: "t" }] });
  const coordinator = broker.faults.moveCoordinator({ group: groupId });
  await using all = await connectAll(broker);
  const { clients } = all;
  const owner = clients[coordinator] as RawClient;
  const other = clients[(coordinator + 1) % 3] as RawClient;
  const member = await enterAlone(owner, groupId);
  const topics = [offsetOf("t", 5n)];
  const asked = [{ name: "t", partitions: [0] }];
  const members = [{ ...member, groupInstanceId: null }];
  const listed = clients.map(async (client) => {
    const { groups } = await client.call("listGroups", 5, { statesFilter: [], typesFilter: [] });
    return groups.length;
  });
  const answers = {
    join: await other.call("joinGroup", 9, joinOf(groupId, member.memberId)),
    sync: await other.call("syncGroup", 5, { ...member, ...named, assignments: [] }),
    heartbeat: await other.call("heartbeat", 4, member),
    leave: await other.call("leaveGroup", 5, { groupId, members }),
    commit: await other.call("offsetCommit", 9, { ...member, topics }),
    fetch: await other.call("offsetFetch", 8, { groups: [{ groupId, topics: asked }] }),
    fetchFirst: await other.call("offsetFetch", 1, { groupId, topics: asked }),
    describe: await other.call("describeGroups", 6, { groups: [groupId] }),
    delete: await other.call("deleteGroups", 2, { groupNames: [groupId] }),
    offsetDelete: await other.call("offsetDelete", 0, { groupId, topics: [] }),
  };
  const { errorCode } = { errorCode: errorCodes.NOT_COORDINATOR };
  expect(answers).toMatchObject({
    join: { errorCode },
    sync: { errorCode },
    heartbeat: { errorCode },
    leave: { errorCode },
    commit: { topics: [{ partitions: [{ errorCode }] }] },
    fetch: { groups: [{ errorCode, topics: [] }] },
    fetchFirst: { topics: [{ partitions: [{ committedOffset: -1n, errorCode }] }] },
    describe: { groups: [{ errorCode, groupState: "" }] },
    delete: { results: [{ errorCode }] },
    offsetDelete: { errorCode },
  });
  expect(await Promise.all(listed)).toEqual([0, 1, 2].map((id) => (id === coordinator ? 1 : 0)));
});

test("a group lives on when its coordinator moves, and who waits there is sent on", async () => {
  await using broker = await startBroker({ brokers: 3 });
  const first = broker.faults.moveCoordinator({ group: groupId });
  await using all = await connectAll(broker);
  const member = await enterAlone(all.clients[first] as RawClient, groupId);
  await using joiner = await connectAll(broker);
  const waiting = joinAs(joiner.clients[first] as RawClient, groupId);
  await vi.waitUntil(() => broker.inspect().groups[groupId]?.members.length === 2, { interval: 1 });
  const second = broker.faults.moveCoordinator({ group: groupId });
  const answers = {
    waiting: (await waiting).errorCode,
    there: (await all.clients[first]?.call("heartbeat", 4, member))?.errorCode,
    here: (await all.clients[second]?.call("heartbeat", 4, member))?.errorCode,
  };
  expect(answers).toEqual({
    waiting: errorCodes.NOT_COORDINATOR,
    there: errorCodes.NOT_COORDINATOR,
    here: errorCodes.NONE,
  });
});

test("no session ends while the only broker is stopped", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock });
  const before = await RawClient.connect(broker);
  const member = await enterAlone(before, groupId);
  const stopped = await broker.faults.stop(0);
  clock.advance(600_000);
  await stopped.restart();
  await using after = await RawClient.connect(broker);
  expect((await after.call("heartbeat", 4, member)).errorCode).toBe(errorCodes.NONE);
});

test("a restart finds members, whose heartbeats go on, offsets, and those of open transactions", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-groups-"));
  try {
    const transactionalId = "tx";
    const asked = { groups: [{ groupId, topics: null }], requireStable: true };
    const opened = await startBroker({ dataDir, topics: [{ name: "t", partitions: 2 }] });
    const before = await RawClient.connect(opened);
    const member = await enterAlone(before, groupId);
    await before.call("offsetCommit", 9, { ...member, topics: [offsetOf("t", 5n)] });
    await before.call("offsetCommit", 9, { ...member, topics: [offsetOf("t", 6n, { index: 1 })] });
    const init = { transactionalId, transactionTimeoutMs: 60_000 };
    const { producerId, producerEpoch } = await before.call("initProducerId", 4, init);
    const transaction = { transactionalId, producerId, producerEpoch, groupId };
    await before.call("addOffsetsToTxn", 3, transaction);
    await before.call("txnOffsetCommit", 3, { ...transaction, topics: [offsetOf("t", 9n)] });
    await opened.close();

    await using reopened = await startBroker({ dataDir });
    await using after = await RawClient.connect(reopened);
    const heard = await after.call("heartbeat", 4, member);
    const synced = await after.call("syncGroup", 5, { ...member, ...named, assignments: [] });
    const open = await after.call("offsetFetch", 9, asked);
    await after.call("endTxn", 3, { ...transaction, committed: true });
    const ended = await after.call("offsetFetch", 9, asked);
    const offsets = ({ groups }: typeof open) =>
      groups[0]?.topics[0]?.partitions.map((each) => [
        each.index,
        each.committedOffset,
        each.errorCode,
      ]);
    expect({
      heard: heard.errorCode,
      assigned: synced.assignment,
      open: offsets(open),
      ended: offsets(ended),
    }).toEqual({
      heard: errorCodes.NONE,
      assigned: assignment,
      open: [
        [0, -1n, errorCodes.UNSTABLE_OFFSET_COMMIT],
        [1, 6n, errorCodes.NONE],
      ],
      ended: [
        [0, 9n, errorCodes.NONE],
        [1, 6n, errorCodes.NONE],
      ],
    });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
