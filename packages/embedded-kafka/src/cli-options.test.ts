// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { parseCommand } from "./cli-options.ts";

test("parseCommand() fills in the defaults when there are no arguments", () => {
  expect(parseCommand([])).toEqual({
    options: {
      host: undefined,
      dataDir: undefined,
      fsync: "never",
      brokers: 1,
      topics: [],
      users: [],
      listeners: [{ name: "PLAINTEXT", port: 9092 }],
    },
    otherListeners: [],
  });
});

test("parseCommand() reads topics and users, a password with colons too", () => {
  const args = ["--topic", "video:4", "--topic", "audio", "--user", "app:a:b", "--port", "0"];
  const { options, otherListeners } = parseCommand(args) ?? {};
  expect([options?.topics, options?.users, otherListeners]).toEqual([
    [{ name: "video", partitions: 4 }, { name: "audio" }],
    [{ name: "app", password: "a:b" }],
    ["SASL_PLAINTEXT"],
  ]);
  expect(options?.listeners?.map(({ port }) => port)).toEqual([0, 0]);
});

test("parseCommand() has clients of every listener told the advertised host", () => {
  const args = ["--user", "app:secret", "--advertised-host", "kafka.test"];
  expect(parseCommand(args)?.options.listeners).toMatchObject([
    { port: 9092, advertisedHost: "kafka.test" },
    { port: 9093, advertisedHost: "kafka.test" },
  ]);
});

test.each([
  [["--user", "somebody"], "as '--user' must be name:password: \"somebody\""],
  [["--tls-key", "key.pem"], "as '--tls-key' and '--tls-cert' need each other"],
  [
    ["--tls-key", "no.pem", "--tls-cert", "no.pem"],
    "as the file of '--tls-key' cannot be read: ENOENT: no such file or directory, open 'no.pem'",
  ],
  [["--port", "many"], "as '--port' must have a number: current value is \"many\""],
  [["--port", " "], "as '--port' must have a number: current value is \" \""],
  [["--brokers", "0x3"], "as '--brokers' must have a number: current value is \"0x3\""],
  [["--topic", "video:"], "as '--topic video' must have a number: current value is \"\""],
])("parseCommand() says what is wrong when it gets %j", (args, reason) => {
  expect(() => parseCommand(args)).toThrow(`Cannot start the broker ${reason}`);
});

test.each([["-h"], ["--help"]])("parseCommand() gives nothing to start when it gets %s", (arg) => {
  expect(parseCommand([arg])).toBeUndefined();
});
