// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { apis } from "../protocol/apis.ts";
import { decode } from "../protocol/codec.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { Reader } from "../protocol/reader.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import type { Broker } from "../start-broker.ts";
import { startQuietBroker } from "./faults.testing.ts";

const produceTo = (name: string, acks = -1) => ({
  transactionalId: null,
  acks,
  timeoutMs: 1000,
  topics: [{ name, partitions: [{ index: 0, records: createBatch({ values: ["v"] }) }] }],
});

async function produce(client: RawClient, topic = "t"): Promise<number | undefined> {
  const { topics } = await client.call("produce", 7, produceTo(topic));
  return topics[0]?.partitions[0]?.errorCode;
}

const highWatermark = (broker: Broker, topic = "t") =>
  broker.inspect().topics[topic]?.partitions[0]?.highWatermark;

const { NONE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT } = errorCodes;

test("fail() strikes as often as asked, tells when and how often, and ends with its scope", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  const fault = broker.faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT", times: 2 });
  const answers = [await produce(client), await produce(client), await produce(client)];
  expect(answers).toEqual([REQUEST_TIMED_OUT, REQUEST_TIMED_OUT, NONE]);
  await fault.struck;
  expect(fault.count).toBe(2);
  {
    using _scoped = broker.faults.fail({ api: "Produce", error: "NOT_LEADER_OR_FOLLOWER" });
    expect(await produce(client)).toBe(NOT_LEADER_OR_FOLLOWER);
  }
  expect(await produce(client)).toBe(NONE);
  expect(highWatermark(broker)).toBe(2);
});

test("fail() with 'handled' answers the error after the request took effect", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  using _fault = broker.faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT", handled: true });
  expect(await produce(client)).toBe(REQUEST_TIMED_OUT);
  expect(highWatermark(broker)).toBe(1);
});

test("fail() tells a producer with acks=0 by closing its connection, as Kafka does", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  using fault = broker.faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT" });
  client.send(requestFrame("produce", 7, produceTo("t", 0)));
  expect(await client.frame()).toBeUndefined();
  expect(fault.count).toBe(1);
});

test("fail() leaves the brokers in an answer to Metadata", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  using _fault = broker.faults.fail({ api: "Metadata", error: "LEADER_NOT_AVAILABLE" });
  const { brokers, topics } = await client.call("metadata", 4, { topics: [{ name: "t" }] });
  expect(brokers).toHaveLength(1);
  expect(topics).toMatchObject([
    { name: "t", errorCode: errorCodes.LEADER_NOT_AVAILABLE, partitions: [] },
  ]);
});

test("fail() tells an old broker from a new one as ApiVersions does, in version 0", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  using _fault = broker.faults.fail({ api: "ApiVersions", error: "UNSUPPORTED_VERSION", times: 1 });
  const software = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };
  client.send(requestFrame("apiVersions", 3, software));
  const reader = new Reader((await client.frame()) as Buffer);
  reader.int32();
  const answer = decode(reader, apis.apiVersions.response, 0, false);
  expect(answer).toMatchObject({ errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys: [] });
  expect(await client.call("apiVersions", 0, {})).toMatchObject({ errorCode: NONE });
});

test("faults strike the requests that are meant and no others", async () => {
  await using broker = await startQuietBroker({
    brokers: 2,
    topics: [
      { name: "t", partitions: 2 },
      { name: "u", partitions: 2 },
    ],
  });
  await using client = await RawClient.connect(broker);
  const { faults } = broker;
  const fails = { api: "Produce", error: "REQUEST_TIMED_OUT" } as const;
  const outcomes = async () => [await produce(client, "t"), await produce(client, "u")];
  const leads = (topic: string) =>
    broker.inspect().topics[topic]?.partitions[0]?.leader === 0 ? NONE : NOT_LEADER_OR_FOLLOWER;
  const usual = [leads("t"), leads("u")];
  const both = [REQUEST_TIMED_OUT, REQUEST_TIMED_OUT];

  const cases = [
    [{ topic: "t" }, [REQUEST_TIMED_OUT, usual[1]]],
    [{ topic: "v" }, usual],
    [{ clientId: "raw" }, both],
    [{ clientId: "other" }, usual],
    [{ broker: 0 }, both],
    [{ broker: 1 }, usual],
    [{ group: "t" }, usual],
    [{ transactionalId: "t" }, usual],
    [{ matches: () => true }, both],
  ] as const;
  for (const [filter, expected] of cases) {
    using _fault = faults.fail({ ...fails, ...filter });
    expect([filter, await outcomes()]).toEqual([filter, expected]);
  }
  using _typed = faults.fail({ ...fails, matches: ({ topics }) => topics[0]?.name === "u" });
  expect(await outcomes()).toEqual([usual[0], REQUEST_TIMED_OUT]);
});

test("faults find what newer requests have in other places", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  const { faults } = broker;
  const isFailed = async (key: string, keyType: number) => {
    const answer = await client.call("findCoordinator", 1, { key, keyType });
    return answer.errorCode === errorCodes.COORDINATOR_NOT_AVAILABLE;
  };
  const fails = { api: "FindCoordinator", error: "COORDINATOR_NOT_AVAILABLE" } as const;
  {
    using _fault = faults.fail({ ...fails, group: "g" });
    expect([await isFailed("g", 0), await isFailed("g", 1), await isFailed("h", 0)]).toEqual([
      true,
      false,
      false,
    ]);
  }
  using _fault = faults.fail({ ...fails, transactionalId: "x" });
  expect([await isFailed("x", 1), await isFailed("x", 0)]).toEqual([true, false]);
});

test("delay() holds a request up before it takes effect, or its answer after", async () => {
  const clock = new ManualClock();
  await using broker = await startQuietBroker({ clock });
  await using client = await RawClient.connect(broker);
  for (const [at, when] of (["before", "after"] as const).entries()) {
    using fault = broker.faults.delay({ api: "Produce", ms: 1000, when });
    const timers = clock.timers;
    const answer = produce(client);
    await fault.struck;
    expect(highWatermark(broker)).toBe(when === "before" ? at : at + 1);
    clock.advance(999);
    expect(clock.timers).toBe(timers + 1);
    clock.advance(1);
    expect(await answer).toBe(NONE);
    expect(clock.timers).toBe(timers);
  }
});

test("delay() lets go what it holds when it is removed, or its client goes away", async () => {
  const clock = new ManualClock();
  await using broker = await startQuietBroker({ clock });
  await using client = await RawClient.connect(broker);
  const fault = broker.faults.delay({ api: "Produce", ms: 1000 });
  const answer = produce(client);
  await fault.struck;
  fault.remove();
  expect(await answer).toBe(NONE);
  const timers = clock.timers;
  using second = broker.faults.delay({ api: "Produce", ms: 1000 });
  await using leaving = await RawClient.connect(broker);
  leaving.send(requestFrame("produce", 7, produceTo("t")));
  await second.struck;
  leaving.socket.destroy();
  await vi.waitFor(() => expect(highWatermark(broker)).toBe(2));
  expect(clock.timers).toBe(timers);
});

test("delay() and fail() strike the same request, whichever was set first", async () => {
  const clock = new ManualClock();
  await using broker = await startQuietBroker({ clock });
  await using client = await RawClient.connect(broker);
  using failing = broker.faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT" });
  using delaying = broker.faults.delay({ ms: 1000 });
  const answer = produce(client);
  await delaying.struck;
  expect(failing.count).toBe(0);
  clock.advance(1000);
  expect(await answer).toBe(REQUEST_TIMED_OUT);
  expect(failing.count).toBe(1);
});

test.each([
  ["before", 0],
  ["after", 1],
] as const)(
  "drop() loses what is %s a request's effect, and cuts the connection",
  async (when, expected) => {
    await using broker = await startQuietBroker();
    await using client = await RawClient.connect(broker);
    using fault = broker.faults.drop({ api: "Produce", when });
    client.send(requestFrame("produce", 7, produceTo("t")));
    expect(await client.frame()).toBeUndefined();
    await fault.struck;
    expect(highWatermark(broker)).toBe(expected);
  },
);

test("drop() without a cut silences the connection and no other", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  using fault = broker.faults.drop({ api: "Produce", cut: false });
  client.send(requestFrame("produce", 7, produceTo("t")));
  client.send(requestFrame("metadata", 1, { topics: [] }));
  await fault.struck;
  await using other = await RawClient.connect(broker);
  expect(await other.call("metadata", 1, { topics: [] })).toMatchObject({ topics: [] });
  let isAnswered = false;
  void client.frame().then((frame) => {
    isAnswered = frame !== undefined;
  });
  await other.call("metadata", 1, { topics: [] });
  expect(isAnswered).toBe(false);
});

test("a broker with faults that hold requests can be closed", async () => {
  const broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  await using silenced = await RawClient.connect(broker);
  const delay = broker.faults.delay({ api: "Produce", ms: 1e9 });
  const drop = broker.faults.drop({ api: "Metadata", cut: false });
  client.send(requestFrame("produce", 7, produceTo("t")));
  silenced.send(requestFrame("metadata", 1, { topics: [] }));
  await Promise.all([delay.struck, drop.struck]);
  await broker.close();
  expect([await client.frame(), await silenced.frame()]).toEqual([undefined, undefined]);
});

test("refuse() and cut() mean the broker that is named", async () => {
  await using broker = await startQuietBroker({ brokers: 2 });
  const [host = "", port] = broker.brokers[1]?.split(":") ?? [];
  const second = { host, port: Number(port) };
  await using open = await RawClient.connect(second);
  await open.call("apiVersions", 0, {});
  using fault = broker.faults.refuse({ broker: 1 });
  await using first = await RawClient.connect(broker);
  await first.call("apiVersions", 0, {});
  await using refused = await RawClient.connect(second);
  expect(await refused.frame()).toBeUndefined();
  expect(fault.count).toBe(1);
  expect(broker.faults.cut({ broker: 1 })).toBe(1);
  expect(await open.frame()).toBeUndefined();
  expect(await first.call("apiVersions", 0, {})).toMatchObject({ errorCode: NONE });
});

test("clear() removes what was set", async () => {
  await using broker = await startQuietBroker();
  const { faults } = broker;
  faults.fail({ api: "Produce", error: "REQUEST_TIMED_OUT" });
  faults.drop();
  faults.refuse();
  faults.clear();
  await using client = await RawClient.connect(broker);
  expect(await produce(client)).toBe(NONE);
});

test("moveLeader() and moveCoordinator() go to the broker that is named, or to another", async () => {
  await using broker = await startQuietBroker({ brokers: 3 });
  const { faults } = broker;
  const leaderNow = () => broker.inspect().topics.t?.partitions[0];
  const before = leaderNow();
  expect(faults.moveLeader({ topic: "t", partition: 0 })).not.toBe(before?.leader);
  expect(leaderNow()?.leaderEpoch).toBe((before?.leaderEpoch ?? 0) + 1);
  expect(faults.moveLeader({ topic: "t", partition: 0, to: before?.leader ?? 0 })).toBe(
    before?.leader,
  );
  await using client = await RawClient.connect(broker);
  for (const to of [0, 1, 2, 1]) {
    faults.moveCoordinator({ group: "g", to });
    faults.moveCoordinator({ transactionalId: "x", to });
    for (const [key, keyType] of [
      ["g", 0],
      ["x", 1],
    ] as const) {
      expect(await client.call("findCoordinator", 1, { key, keyType })).toMatchObject({
        nodeId: to,
      });
    }
  }
});

test("stop() stops a broker until it is started again, at its old address", async () => {
  await using broker = await startQuietBroker({ brokers: 2 });
  {
    await using stopped = await broker.faults.stop(0);
    await expect(RawClient.connect(broker)).rejects.toThrow("ECONNREFUSED");
    await expect(broker.faults.stop(0)).rejects.toThrow(
      "Cannot stop broker 0 as broker 0 is stopped",
    );
    await stopped.restart();
  }
  await using client = await RawClient.connect(broker);
  expect(await client.call("metadata", 1, { topics: [] })).toMatchObject({
    brokers: [{ nodeId: 0 }, { nodeId: 1 }],
  });
});

test("faults refuse what there is not, and say what there is", async () => {
  await using broker = await startQuietBroker();
  const { faults } = broker;
  const never: never = "?" as never;
  const fails = { api: "Produce", error: "REQUEST_TIMED_OUT" } as const;
  const cases: [() => unknown, string][] = [
    [
      () => faults.fail({ ...fails, api: "produce" as "Produce" }),
      'Cannot fail produce as there is no api "produce": there are AddOffsetsToTxn, ',
    ],
    [() => faults.fail({ error: "REQUEST_TIMED_OUT" } as never), "'api' is missing"],
    [
      () => faults.fail({ ...fails, error: "NOT_LEADER" as never }),
      'Cannot fail Produce as there is no error "NOT_LEADER"',
    ],
    [() => faults.fail({ ...fails, error: "NONE" }), 'there is no error "NONE"'],
    [() => faults.fail({ ...fails, error: "toString" as never }), 'there is no error "toString"'],
    [
      () => faults.fail({ ...fails, toipc: "t" } as never),
      "there is no option 'toipc': there are 'error', 'handled', 'api', ",
    ],
    [
      () => faults.fail({ ...fails, times: 0 }),
      "'times' must be an integer from 1: current value is 0",
    ],
    [() => faults.fail({ ...fails, broker: 1 }), "there is no broker 1: ids go from 0 to 0"],
    [() => faults.delay({} as never), "Cannot delay requests as 'ms' is missing"],
    [() => faults.delay({ ms: -1 }), "'ms' must be a number from 0: current value is -1"],
    [() => faults.drop({ when: never }), '\'when\' must be "before" or "after"'],
    [() => faults.refuse({ broker: 7 }), "Cannot refuse connections as there is no broker 7"],
    [() => faults.cut({ topic: "t" } as never), "there is no option 'topic'"],
    [
      () => faults.moveLeader({ topic: "u", partition: 0 }),
      "Cannot move the leader of partition 0 of topic 'u' as there is no such partition",
    ],
    [
      () => faults.moveLeader({ topic: "t", partition: 0 }),
      "no other broker runs that could take it",
    ],
    [() => faults.moveCoordinator({}), "either 'group' or 'transactionalId' must be given"],
    [() => faults.moveCoordinator({ group: "g", to: 3 }), "there is no broker 3"],
  ];
  for (const [act, message] of cases) {
    expect(act).toThrow(expect.objectContaining({ code: "config" }));
    expect(act).toThrow(message);
  }
  await expect(faults.stop(2)).rejects.toThrow("Cannot stop broker 2 as there is no broker 2");
});

test("fail() knows every request that the broker answers", async () => {
  await using broker = await startQuietBroker();
  await using client = await RawClient.connect(broker);
  const { apiKeys } = await client.call("apiVersions", 0, {});
  for (const { apiKey } of apiKeys) {
    const [id = ""] = Object.entries(apis).find(([, { key }]) => key === apiKey) ?? [];
    const api = `${id.charAt(0).toUpperCase()}${id.slice(1)}` as "Produce";
    broker.faults.fail({ api, error: "UNKNOWN_SERVER_ERROR" }).remove();
  }
});
