// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { startBroker } from "../start-broker.ts";
import { createMemoryStorage } from "../storage/storage.ts";

function quiet() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

const produceOf = (...values: string[]) => ({
  transactionalId: null,
  acks: -1,
  timeoutMs: 1000,
  topics: [{ name: "t", partitions: [{ index: 0, records: createBatch({ values }) }] }],
});

test.each([
  ["a negative size", "ffffffff", "Cannot read a frame of -1 bytes"],
  ["a size past the limit", "7fffffff", "Cannot read a frame of 2147483647 bytes"],
  ["a frame without a header", "0000000100", "Cannot read 2 bytes"],
  ["an unknown api key", "0000000a7fff000000000001ffff", "api key 32767"],
  ["a version that is not served", "0000000a0003006300000001ffff", "version 99 of metadata"],
  ["a body that is cut short", "0000000a0003000100000001ffff", "Cannot read 4 bytes"],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex"), "Cannot read a frame of"],
])("the broker closes the connection, and no other, when it brings %s", async (_, hex, reason) => {
  const logger = quiet();
  await using broker = await startBroker({ logger });
  await using other = await RawClient.connect(broker);
  await using client = await RawClient.connect(broker);
  client.socket.write(Buffer.from(hex, "hex"));
  const answered = await client.frame();
  const { errorCode } = await other.call("apiVersions", 0, {
    clientSoftwareName: "",
    clientSoftwareVersion: "",
  });
  expect([answered, errorCode, logger.warn.mock.calls, logger.error.mock.calls]).toEqual([
    undefined,
    0,
    [[expect.stringContaining(reason)]],
    [],
  ]);
});

test("the broker goes on when thousands of mangled requests have come", async () => {
  const logger = quiet();
  await using broker = await startBroker({ logger, topics: [{ name: "t" }] });
  const frame = requestFrame("produce", 7, produceOf("a", "b"));
  for (let round = 0; round < 2_000; round++) {
    const mangled = Buffer.from(frame);
    const at = (round * 7) % frame.length;
    mangled[at] = (mangled[at] as number) ^ (1 << (round % 8));
    const client = await RawClient.connect(broker);
    client.send(mangled);
    client.socket.end();
    // Read to the end, so that all of it has been dealt with.
    while (await client.frame());
    await client[Symbol.asyncDispose]();
  }
  await using client = await RawClient.connect(broker);
  const produced = await client.call("produce", 7, produceOf("sound"));
  expect([produced.topics[0]?.partitions[0]?.errorCode, logger.error.mock.calls]).toEqual([0, []]);
});

test("the broker reads frames when they come a byte at a time, and many at once", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const frame = requestFrame("metadata", 1, { topics: [{ name: "t" }] });
  const size = Buffer.alloc(4);
  size.writeInt32BE(frame.length);
  const whole = Buffer.concat([size, frame]);
  for (const byte of whole) client.socket.write(Buffer.from([byte]));
  const first = (await client.frame())?.toString("hex");
  client.socket.write(Buffer.concat(Array.from({ length: 50 }, () => whole)));
  const rest = new Set<string | undefined>();
  for (let at = 0; at < 50; at++) rest.add((await client.frame())?.toString("hex"));
  expect([...rest]).toEqual([first]);
});

test("the broker answers requests in their order when one of them has to wait", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const partitions = [{ index: 0, fetchOffset: 0n, maxBytes: 1_000 }];
  const wait = { replicaId: -1, maxWaitMs: 500, minBytes: 1, maxBytes: 1_000, isolationLevel: 0 };
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  const answers = [
    client.call("metadata", 1, { topics: [] }).then(note("first")),
    client
      .call("fetch", 4, { ...wait, topics: [{ name: "t", partitions }] })
      .then(note("one that waits")),
    client.call("metadata", 1, { topics: [] }).then(note("last")),
  ];
  await answers[0];
  await vi.waitUntil(() => clock.timers === 1, { interval: 1 });
  const before = [...order];
  clock.advance(500);
  await Promise.all(answers);
  expect([before, order]).toEqual([["first"], ["first", "one that waits", "last"]]);
});

test("the broker holds a client up, and remembers no answers, when it does not read them", async () => {
  const cluster = new Cluster(resolveOptions({}), createMemoryStorage("id"));
  cluster.topics.create({ name: "t", partitions: 2_000 });
  await cluster.start();
  const [node] = cluster.nodes as [Node];
  const [listener] = cluster.options.listeners as [Listener];
  await using client = await RawClient.connect(node.address(listener));
  client.socket.pause();
  const requests = 200;
  const frame = requestFrame("metadata", 1, { topics: null });
  for (let at = 0; at < requests; at++) client.send(frame);
  const [socket] = node.sockets;
  // As much as the kernel takes of the answers, and then no more.
  await vi.waitUntil(() => socket?.writableNeedDrain, { timeout: 20_000, interval: 1 });
  let held = 0;
  client.socket.resume();
  const first = await client.frame();
  for (let at = 1; at < requests; at++) {
    held = Math.max(held, socket?.writableLength ?? 0);
    await client.frame();
  }
  await cluster.close();
  const answerBytes = first?.length ?? 0;
  expect(held).toBeLessThan(3 * answerBytes);
  expect(answerBytes).toBeGreaterThan(50_000);
});
