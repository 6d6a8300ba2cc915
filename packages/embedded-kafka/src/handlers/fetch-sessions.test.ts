// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { startBroker } from "../start-broker.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { type FetchOptions, fetchOf, produceOf } from "./records.testing.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A client with a session, which says only what has changed. */
class SessionClient {
  readonly #client: RawClient;
  readonly #version: number;
  sessionId = 0;
  epoch = 0;

  constructor(client: RawClient, version: number) {
    this.#client = client;
    this.#version = version;
  }

  /** What the answer tells of which partitions; the error code when there is one for all. */
  async fetch(options: FetchOptions = { indexes: [] }, forgotten: string[] = []) {
    const { sessionId, epoch: sessionEpoch } = this;
    const answer = await this.#client.call("fetch", this.#version, {
      ...fetchOf({ sessionId, sessionEpoch, ...options }),
      forgottenTopics: forgotten.map((name) => ({ name, partitions: [0] })),
    });
    this.sessionId = answer.sessionId;
    if (answer.errorCode !== errorCodes.NONE) return answer.errorCode;
    this.epoch++;
    return answer.topics.flatMap(({ partitions }) =>
      partitions.map(({ index, errorCode, records }) => [index, errorCode, records?.length !== 0]),
    );
  }
}

test.each([7, 12, 13, 18])("Fetch %i in a session tells only what has changed", async (version) => {
  const topics = [{ name: "t", partitions: 3 }];
  await using broker = await startBroker({ logger: silent, topics });
  await using client = await RawClient.connect(broker);
  const { topics: described } = await client.call("metadata", 12, { topics: null });
  const topicId = Buffer.from(described[0]?.topicId ?? "");
  const session = new SessionClient(client, version);
  const opened = await session.fetch({ topicId, indexes: [0, 1, 2] });
  const quiet = await session.fetch();
  await client.call("produce", 9, produceOf(["a"]));
  const grown = await session.fetch();
  const again = await session.fetch();
  const moved = await session.fetch({ topicId, indexes: [0], offset: 1n });
  const past = await session.fetch({ topicId, indexes: [1], offset: 9n });
  const stillPast = await session.fetch();
  const back = await session.fetch({ topicId, indexes: [1] });
  expect({ opened, quiet, grown, again, moved, past, stillPast, back }).toEqual({
    opened: [0, 1, 2].map((index) => [index, 0, false]),
    quiet: [],
    grown: [[0, 0, true]],
    again: [[0, 0, true]],
    moved: [],
    past: [[1, errorCodes.OFFSET_OUT_OF_RANGE, false]],
    stillPast: [[1, errorCodes.OFFSET_OUT_OF_RANGE, false]],
    back: [[1, 0, false]],
  });
});

test("Fetch forgets partitions of a session, and serves those last that had records", async () => {
  const topics = [{ name: "a" }, { name: "b" }];
  await using broker = await startBroker({ logger: silent, topics });
  await using client = await RawClient.connect(broker);
  const session = new SessionClient(client, 12);
  await session.fetch({ name: "a" });
  await session.fetch({ name: "b" });
  for (const name of ["a", "b"]) await client.call("produce", 9, produceOf(["x"], { name }));
  const namesOf = async (maxBytes: number) => {
    const { sessionId, epoch: sessionEpoch } = session;
    const request = fetchOf({ indexes: [], sessionId, sessionEpoch, maxBytes });
    session.epoch++;
    const answer = await client.call("fetch", 12, request);
    const full = answer.topics.filter(({ partitions }) => partitions[0]?.records?.length !== 0);
    return full.map(({ name }) => name);
  };
  const turns = [await namesOf(1), await namesOf(1), await namesOf(1), await namesOf(1_000)];
  const forgotten = await session.fetch({ indexes: [] }, ["b"]);
  expect({ turns, forgotten }).toEqual({
    turns: [["a"], ["b"], ["a"], ["b", "a"]],
    forgotten: [[0, 0, true]],
  });
});

test("Fetch without a session forgets nothing, whatever it is told to", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const forgottenTopics = [{ name: "t", partitions: [0] }];
  const answers: number[] = [];
  for (const sessionEpoch of [-1, 0]) {
    const request = { ...fetchOf({ sessionEpoch }), forgottenTopics };
    answers.push((await client.call("fetch", 12, request)).topics.length);
  }
  expect(answers).toEqual([1, 1]);
});

test("Fetch refuses requests of a session that is not there, or at another epoch", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const ask = async (sessionId: number, sessionEpoch: number, version = 12) => {
    const request = fetchOf({ indexes: [], sessionId, sessionEpoch });
    const { errorCode, ...answer } = await client.call("fetch", version, request);
    return [errorCode, answer.sessionId !== 0];
  };
  const opened = await client.call("fetch", 12, fetchOf({ sessionEpoch: 0 }));
  const id = opened.sessionId;
  expect({
    unknown: await ask(id + 1, 1),
    none: await ask(0, 1),
    early: await ask(id, 2),
    byId: await ask(id, 1, 13),
    right: await ask(id, 1),
    twice: await ask(id, 1),
    closed: await ask(id, -1),
    afterwards: await ask(id, 2),
  }).toEqual({
    unknown: [errorCodes.FETCH_SESSION_ID_NOT_FOUND, false],
    none: [errorCodes.FETCH_SESSION_ID_NOT_FOUND, false],
    early: [errorCodes.INVALID_FETCH_SESSION_EPOCH, false],
    byId: [errorCodes.FETCH_SESSION_TOPIC_ID_ERROR, false],
    right: [errorCodes.NONE, true],
    twice: [errorCodes.INVALID_FETCH_SESSION_EPOCH, false],
    closed: [errorCodes.NONE, false],
    afterwards: [errorCodes.FETCH_SESSION_ID_NOT_FOUND, false],
  });
});

test("Fetch tells a session of a topic by id that it is gone, then that another has its name", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const { topics } = await client.call("metadata", 12, { topics: null });
  const topicId = Buffer.from(topics[0]?.topicId ?? "");
  const session = new SessionClient(client, 13);
  await session.fetch({ topicId });
  await client.call("deleteTopics", 5, { topicNames: ["t"], timeoutMs: 1000 });
  const gone = await session.fetch();
  await client.call("metadata", 12, { topics: [{ name: "t" }] });
  const replaced = await session.fetch();
  expect([gone, replaced]).toEqual([
    [[0, errorCodes.UNKNOWN_TOPIC_OR_PARTITION, false]],
    [[0, errorCodes.INCONSISTENT_TOPIC_ID, false]],
  ]);
});

test("Fetch holds no logs for a session whose client has gone while it waited", async () => {
  const clock = new ManualClock();
  const options = resolveOptions({ clock, logger: silent });
  const cluster = new Cluster(options, createMemoryStorage("cluster"));
  cluster.topics.create({ name: "t", partitions: 1 });
  await cluster.start();
  await using _ = { [Symbol.asyncDispose]: () => cluster.close() };
  const [node] = cluster.nodes as readonly [Node];
  const client = await RawClient.connect(node.address(options.listeners[0] as Listener));
  const { sessionId } = await client.call("fetch", 12, fetchOf({ sessionEpoch: 0 }));
  const waiting = { sessionId, sessionEpoch: 1, maxWaitMs: 60_000 };
  client.call("fetch", 12, fetchOf(waiting)).catch(() => {});
  await vi.waitUntil(() => clock.timers === 1, { interval: 1 });
  await client[Symbol.asyncDispose]();
  await vi.waitUntil(() => clock.timers === 0, { interval: 1 });
  await new Promise(setImmediate);
  const partitions = [...(node.fetchSessions.get(sessionId)?.partitions.values() ?? [])];
  expect(partitions.map(({ partition, range }) => [partition, range])).toEqual([
    [undefined, undefined],
  ]);
});
