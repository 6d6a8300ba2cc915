// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

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

test("Metadata tells where the client found the broker when it listens on all addresses", async () => {
  await using broker = await startBroker({ host: "0.0.0.0" });
  await using client = await RawClient.connect({ host: "127.0.0.1", port: broker.port });
  const { brokers } = await client.call("metadata", 1, { topics: [] });
  expect(brokers).toEqual([{ nodeId: 0, host: "127.0.0.1", port: broker.port, rack: null }]);
});
