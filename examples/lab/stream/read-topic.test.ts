// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { startBroker } from "@labwire/embedded-kafka";
import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { HandleVideoCreatedRequestSchema } from "../gen/video/pb/stream_pb.ts";
import { freePort } from "../kit/free-port.ts";

const script = fileURLToPath(new URL("read-topic.ts", import.meta.url));

test("read-topic prints events, and ends with one line at a record that is none", async () => {
  const broker = await startBroker({ topics: [{ name: "video", partitions: 1 }] });
  onTestFinished(() => broker.close());
  const kafka = createKafkaApp({ driver: kafkajs({ brokers: broker.brokers, clientId: "test" }) });
  const run = await kafka.start();
  onTestFinished(() => run.stop());
  const event = create(HandleVideoCreatedRequestSchema, { id: "a", scale: 360 });
  const values = [toBinary(HandleVideoCreatedRequestSchema, event), Buffer.from("no event")];
  await kafka.producer.sendRaw(values.map((value) => ({ topic: "video", key: "key", value })));

  const { code, stdout, stderr } = await readTopic(`127.0.0.1:${broker.port}`);

  expect(stdout).toBe('video[0]@0 key: {"id":"a","scale":360}\n');
  expect(stderr).toMatch(/^Cannot read topic 'video' of '.+': video\[0\]@1 is no event: .+\n$/);
  expect(code).toBe(1);
});

test("read-topic says in one line that no broker is there", async () => {
  const broker = `127.0.0.1:${await freePort()}`;

  const { code, stderr } = await readTopic(broker);

  expect(stderr).toMatch(
    new RegExp(`^Cannot read topic 'video' of '${broker}': .*ECONNREFUSED ${broker}\n$`),
  );
  expect(code).toBe(1);
});

test("read-topic says in one line that a topic does not exist, and does not make it", async () => {
  const broker = await startBroker({ port: 0, topics: [{ name: "video", partitions: 1 }] });
  onTestFinished(() => broker.close());
  const address = `127.0.0.1:${broker.port}`;

  const answers = [await readTopic(address, "vidoe"), await readTopic(address, "vidoe")];

  for (const { code, stderr } of answers) {
    expect(stderr).toMatch(new RegExp(`^Cannot read topic 'vidoe' of '${address}': .+\n$`));
    expect(code).toBe(1);
  }
});

test.each([
  [["kafka"], "Cannot read topic 'video' of 'kafka': a broker must be an address like"],
  [["--help"], "Cannot read topic 'video' of '--help': a broker must be an address like"],
  [["a:1", "b", "c"], "Cannot read topic 'b' of 'a:1': the arguments are [brokers] [topic]"],
])("read-topic refuses %j in one line", async (args, line) => {
  const { code, stderr } = await readTopic(...args);

  expect(stderr).toContain(line);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});

function readTopic(...args: readonly string[]) {
  const flags = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    // Not this process's environment: kafkajs is another under NODE_ENV=test.
    const options = { env: { PATH: process.env.PATH }, timeout: 30_000 };
    execFile(process.execPath, [...flags, script, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
