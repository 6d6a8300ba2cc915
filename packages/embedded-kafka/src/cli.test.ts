// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { certificate } from "../behaviour/certificate.ts";
import { consume, createClient } from "./kafkajs.testing.ts";

const cli = join(import.meta.dirname, "cli.ts");
let dataDir: string;
const children = new Set<ChildProcess>();
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(async () => {
  for (const child of children) await kill(child);
  children.clear();
  rmSync(dataDir, { recursive: true });
});

function run(...args: string[]): ChildProcess {
  const child = fork(cli, args, { execArgv: ["--conditions=@labwire/source"], silent: true });
  children.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Starts the command and resolves with what it says when it is ready. */
async function start(...args: string[]) {
  const child = run("--port", "0", ...args);
  const ready = once(child, "message");
  if (!child.stdout) throw new Error("No standard output");
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  expect(await ready).toEqual(["ready", undefined]);
  // It has printed them before, but on another channel.
  const expected = 1 + (args.includes("--tls-key") ? 1 : 0) + (args.includes("--user") ? 1 : 0);
  await vi.waitUntil(() => lines.length === expected);
  const address = /^Kafka broker listening on (127\.0\.0\.1:\d+)/.exec(lines[0] ?? "")?.[1];
  if (!address) throw new Error(`Not an address: ${lines[0]}`);
  return { child, address, lines };
}

async function finish(child: ChildProcess): Promise<unknown> {
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stderr };
}

test("the command finds everything acknowledged when it was killed while it took messages", async () => {
  const { child, address } = await start("--data", dataDir, "--topic", "video:2");
  const kafka = createClient([address], { retry: { retries: 0 } });
  const producer = kafka.producer();
  await producer.connect();
  const acknowledged: string[] = [];
  const killed = Promise.withResolvers<void>();
  const produce = async (partition: number) => {
    for (let at = 0; ; at++) {
      const value = `${partition}-${at}`;
      await producer.send({ topic: "video", messages: [{ value, partition }] });
      acknowledged.push(value);
      // In the middle: the other one has a request in flight.
      if (acknowledged.length === 300) killed.resolve(kill(child));
    }
  };
  await Promise.allSettled([produce(0), produce(1)]);
  await killed.promise;
  await producer.disconnect();

  const again = await start("--data", dataDir);
  const consumer = createClient([again.address]).consumer({ groupId: "g", maxWaitTimeInMs: 50 });
  const inbox = await consume(consumer, "video");
  await inbox.has(acknowledged.length);
  await consumer.disconnect();
  const lost = acknowledged.filter((value) => !inbox.values.includes(value));
  expect({ lost, isEnough: acknowledged.length >= 300 }).toEqual({ lost: [], isEnough: true });
});

test("the command lets clients in by TLS and SASL when it has a certificate and users", async () => {
  const { key, cert } = await certificate();
  const [keyFile, certFile] = [join(dataDir, "key.pem"), join(dataDir, "cert.pem")];
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);
  const tls = ["--tls-key", keyFile, "--tls-cert", certFile];
  const { lines } = await start("--brokers", "2", ...tls, "--user", "app:app:secret");
  const addresses = lines.map((line) => line.split(" listening on ")[1]?.split(",") ?? []);
  const ssl = { ca: cert };
  const sasl = { mechanism: "scram-sha-512", username: "app", password: "app:secret" } as const;
  const seen = [];
  for (const [at, config] of [{}, { ssl }, { ssl, sasl }].entries()) {
    const admin = createClient(addresses[at] ?? [], config).admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.disconnect();
    seen.push(brokers.map(({ host, port }) => `${host}:${port}`));
  }
  expect(seen).toEqual(addresses);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "the command exits with 0 when it gets %s",
  async (signal) => {
    const { child } = await start("--data", dataDir);
    const finished = finish(child);
    child.kill(signal);
    child.kill(signal);
    expect([await finished, readdirSync(dataDir).sort()]).toEqual([
      { code: 0, stderr: "" },
      ["broker.json", "logs"],
    ]);
  },
);

test("the command exits with 0 when its parent lets go of its IPC channel", async () => {
  const { child } = await start("--data", dataDir);
  // Not its `close`, which Node does not tell of a child that was let go of.
  const exited = once(child, "exit");
  child.disconnect();
  expect(await exited).toEqual([0, null]);
});

test("the command says in one line what is wrong and exits with 1", async () => {
  const { address, child } = await start("--data", dataDir);
  const port = address.split(":")[1] as string;
  const results = await Promise.all([
    finish(run("--port", port)),
    finish(run("--port", "0", "--data", dataDir)),
    finish(run("--port", "many")),
    finish(run("--verbose")),
  ]);
  const line = (reason: string) => ({ code: 1, stderr: `embedded-kafka: ${reason}\n` });
  const lock = join(dataDir, "lock");
  expect(results).toEqual([
    line(`Cannot listen on 127.0.0.1:${port}: the port is in use`),
    line(`Cannot take the lock '${lock}': the broker of process ${child.pid} uses it`),
    line("Cannot start the broker as '--port' must have a number: current value is \"many\""),
    { code: 1, stderr: expect.stringMatching(/^embedded-kafka: Unknown option '--verbose'.*\n$/) },
  ]);
});
