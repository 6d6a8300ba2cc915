// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { SASLOptions } from "kafkajs";
import { expect, test, vi } from "vitest";
import type { BrokerOptions } from "../broker-options.ts";
import { createClient } from "../kafkajs.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
const token = Buffer.from("\0app\0app-secret");

function quiet() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

function startSecured(options: BrokerOptions = {}) {
  return startBroker({
    listeners: [{ sasl: mechanisms }],
    users: [
      { name: "app", password: "app-secret" },
      { name: "o,t=er", password: "other" },
    ],
    logger: quiet(),
    ...options,
  });
}

async function authenticated(client: RawClient) {
  await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
  return client.call("saslAuthenticate", 2, { authBytes: token });
}

test.each<SASLOptions>([
  ...mechanisms.map((mechanism) => ({
    mechanism: mechanism.toLowerCase() as "plain",
    username: "app",
    password: "app-secret",
  })),
  { mechanism: "scram-sha-256", username: "o,t=er", password: "other" },
])("the broker lets kafkajs in by %j", async (sasl) => {
  await using broker = await startSecured();
  const admin = createClient(broker.brokers, { sasl }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "t" }] });
  expect(await admin.listTopics()).toEqual(["t"]);
  await admin.disconnect();
});

test.each<SASLOptions>([
  { mechanism: "plain", username: "app", password: "wrong" },
  { mechanism: "scram-sha-256", username: "app", password: "wrong" },
  { mechanism: "scram-sha-512", username: "nobody", password: "app-secret" },
])("the broker keeps kafkajs out by %j", async (sasl) => {
  await using broker = await startSecured();
  const admin = createClient(broker.brokers, { sasl }).admin();
  await expect(admin.connect()).rejects.toThrow("failed");
});

test("the broker answers ApiVersions once and nothing else before a handshake", async () => {
  await using broker = await startSecured();
  const requests = [
    requestFrame("metadata", 1, { topics: null }),
    requestFrame("saslAuthenticate", 1, { authBytes: token }),
    requestFrame("produce", 3, { acks: 1, timeoutMs: 1, topics: [] }),
  ];
  for (const request of requests) {
    await using client = await RawClient.connect(broker);
    client.send(request);
    expect(await client.frame()).toBeUndefined();
  }
  await using client = await RawClient.connect(broker);
  client.send(requestFrame("apiVersions", 0, {}));
  expect(await client.frame()).toBeDefined();
  client.send(requestFrame("apiVersions", 0, {}));
  expect(await client.frame()).toBeUndefined();
});

test("the broker names its mechanisms to a client that wants another, and closes", async () => {
  await using broker = await startSecured();
  await using client = await RawClient.connect(broker);
  expect(await client.call("saslHandshake", 1, { mechanism: "GSSAPI" })).toEqual({
    errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM,
    mechanisms: [...mechanisms],
  });
  expect(await client.frame()).toBeUndefined();
});

test.each([
  ["PLAIN", "\0app\0wrong", "Authentication failed: Invalid username or password"],
  [
    "SCRAM-SHA-512",
    "nonsense",
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512",
  ],
  [
    "SCRAM-SHA-256",
    "n,,n=nobody,r=abc",
    "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256",
  ],
])(
  "the broker tells a client by %s with %j why it fails, and closes",
  async (mechanism, bytes, errorMessage) => {
    const logger = quiet();
    await using broker = await startSecured({ logger });
    await using client = await RawClient.connect(broker);
    await client.call("saslHandshake", 1, { mechanism });
    expect(await client.call("saslAuthenticate", 1, { authBytes: Buffer.from(bytes) })).toEqual({
      errorCode: errorCodes.SASL_AUTHENTICATION_FAILED,
      errorMessage,
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: 0n,
    });
    expect(await client.frame()).toBeUndefined();
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("it failed to authenticate: "),
    );
  },
);

test("the broker answers another request in the middle of an authentication, and closes", async () => {
  await using broker = await startSecured();
  await using client = await RawClient.connect(broker);
  await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
  expect(await client.call("findCoordinator", 1, { key: "g", keyType: 0 })).toMatchObject({
    errorCode: errorCodes.ILLEGAL_SASL_STATE,
    errorMessage: "Request is not valid given the current SASL state.",
  });
  expect(await client.frame()).toBeUndefined();
  await using curious = await RawClient.connect(broker);
  await curious.call("saslHandshake", 1, { mechanism: "PLAIN" });
  expect(await curious.call("apiVersions", 0, {})).toMatchObject({
    errorCode: errorCodes.ILLEGAL_SASL_STATE,
  });
  expect(await curious.frame()).toBeUndefined();
});

test("the broker takes a token of one byte for a failed one, as it has no header", async () => {
  const logger = quiet();
  await using broker = await startSecured({ logger });
  await using client = await RawClient.connect(broker);
  await client.call("saslHandshake", 0, { mechanism: "PLAIN" });
  client.send(Buffer.from("x"));
  expect([await client.frame(), logger.error.mock.calls]).toEqual([undefined, []]);
});

test("the broker takes tokens without headers after a handshake of version 0", async () => {
  await using broker = await startSecured();
  await using client = await RawClient.connect(broker);
  await client.call("saslHandshake", 0, { mechanism: "PLAIN" });
  client.send(token);
  expect(await client.frame()).toEqual(Buffer.alloc(0));
  expect(await client.call("metadata", 1, { topics: [] })).toMatchObject({ topics: [] });

  await using refused = await RawClient.connect(broker);
  await refused.call("saslHandshake", 0, { mechanism: "PLAIN" });
  refused.send(Buffer.from("\0app\0wrong"));
  expect(await refused.frame()).toBeUndefined();
});

test("the broker refuses a second authentication where none is asked for, and goes on", async () => {
  await using broker = await startSecured({ listeners: [{}, { sasl: ["PLAIN"] }] });
  const [address = ""] = broker.addresses("SASL_PLAINTEXT");
  const [host = "", port] = address.split(":");
  await using secured = await RawClient.connect({ host, port: Number(port) });
  expect(await authenticated(secured)).toMatchObject({ errorCode: 0, sessionLifetimeMs: 0n });
  await using open = await RawClient.connect(broker);
  for (const client of [secured, open]) {
    expect(await client.call("saslHandshake", 1, { mechanism: "PLAIN" })).toEqual({
      errorCode: errorCodes.ILLEGAL_SASL_STATE,
      mechanisms: [],
    });
    expect(await client.call("saslAuthenticate", 1, { authBytes: token })).toMatchObject({
      errorCode: errorCodes.ILLEGAL_SASL_STATE,
      errorMessage: "SaslAuthenticate request received after successful authentication",
    });
    expect(await client.call("metadata", 1, { topics: [] })).toMatchObject({ topics: [] });
  }
});

test("the broker closes the connection of a client that does not authenticate again in time", async () => {
  const clock = new ManualClock();
  await using broker = await startSecured({ clock, saslSessionLifetimeMs: 1000 });
  await using client = await RawClient.connect(broker);
  expect(await authenticated(client)).toMatchObject({ sessionLifetimeMs: 1000n });
  clock.advance(999);
  expect(await authenticated(client)).toMatchObject({ errorCode: 0, sessionLifetimeMs: 1000n });
  expect(await client.call("saslAuthenticate", 2, { authBytes: token })).toMatchObject({
    errorCode: errorCodes.ILLEGAL_SASL_STATE,
    sessionLifetimeMs: 0n,
  });
  clock.advance(999);
  expect(await client.call("saslHandshake", 1, { mechanism: "PLAIN" })).toMatchObject({
    errorCode: errorCodes.ILLEGAL_SASL_STATE, // At most once a second, as on Kafka.
  });
  expect(await client.call("metadata", 1, { topics: [] })).toMatchObject({ topics: [] });
  clock.advance(1);
  client.send(requestFrame("metadata", 1, { topics: [] }));
  expect(await client.frame()).toBeUndefined();
});

test("the broker refuses who authenticates again as somebody else, or otherwise", async () => {
  await using broker = await startSecured({
    saslSessionLifetimeMs: 1000,
    users: [
      { name: "app", password: "app-secret" },
      { name: "other", password: "other" },
    ],
  });
  await using client = await RawClient.connect(broker);
  await authenticated(client);
  await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
  const other = Buffer.from("\0other\0other");
  expect(await client.call("saslAuthenticate", 1, { authBytes: other })).toMatchObject({
    errorCode: errorCodes.SASL_AUTHENTICATION_FAILED,
    errorMessage: "Cannot change principals during re-authentication from User.app: User.other",
  });
  expect(await client.frame()).toBeUndefined();

  await using unsupported = await RawClient.connect(broker);
  await authenticated(unsupported);
  unsupported.send(requestFrame("saslHandshake", 1, { mechanism: "GSSAPI" }));
  expect(await unsupported.frame()).toBeUndefined();

  await using changing = await RawClient.connect(broker);
  await authenticated(changing);
  await changing.call("saslHandshake", 1, { mechanism: "SCRAM-SHA-256" });
  changing.send(requestFrame("saslAuthenticate", 1, { authBytes: token }));
  expect(await changing.frame()).toBeUndefined();
});

test("the broker reads no large frame of a client that has not authenticated", async () => {
  const logger = quiet();
  await using broker = await startSecured({ logger });
  await using client = await RawClient.connect(broker);
  client.socket.write(Buffer.from([0, 8, 0, 1]));
  expect(await client.frame()).toBeUndefined();
  expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining("Cannot read a frame of 524289 bytes: the most is 524288"),
  );
  await using trusted = await RawClient.connect(broker);
  await authenticated(trusted);
  const topics = Array.from({ length: 3000 }, (_, at) => ({ name: `${at}`.repeat(50) }));
  expect((await trusted.call("metadata", 1, { topics })).topics).toHaveLength(3000);
});

test("a user has a password for each mechanism where there is an entry for each", async () => {
  const passwords = { PLAIN: "p", "SCRAM-SHA-256": "256", "SCRAM-SHA-512": "512" };
  await using broker = await startSecured({
    users: mechanisms.map((mechanism) => ({
      name: "app",
      password: passwords[mechanism],
      mechanisms: [mechanism],
    })),
  });
  const isLetIn = async (mechanism: (typeof mechanisms)[number], password: string) => {
    const sasl = { mechanism: mechanism.toLowerCase() as "plain", username: "app", password };
    const admin = createClient(broker.brokers, { sasl }).admin();
    const isIn = await admin.connect().then(
      () => true,
      () => false,
    );
    await admin.disconnect();
    return isIn;
  };
  for (const mechanism of mechanisms) {
    for (const other of mechanisms) {
      expect(await isLetIn(mechanism, passwords[other])).toBe(mechanism === other);
    }
  }
});

test("the broker tells by which mechanisms a user has SCRAM credentials", async () => {
  await using broker = await startSecured({
    users: [
      { name: "plain", password: "a", mechanisms: ["PLAIN"] },
      { name: "scram", password: "b", mechanisms: ["SCRAM-SHA-512"] },
    ],
  });
  await using client = await RawClient.connect(broker);
  await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
  await client.call("saslAuthenticate", 2, { authBytes: Buffer.from("\0plain\0a") });
  const { results } = await client.call("describeUserScramCredentials", 0, { users: null });
  expect(results.map(({ user, credentialInfos }) => ({ user, credentialInfos }))).toEqual([
    { user: "scram", credentialInfos: [{ mechanism: 2, iterations: 4096 }] },
  ]);
});

test("the broker tells which users have SCRAM credentials", async () => {
  await using broker = await startSecured();
  await using client = await RawClient.connect(broker);
  await authenticated(client);
  const all = await client.call("describeUserScramCredentials", 0, { users: null });
  expect(all.results.map(({ user }) => user)).toEqual(["app", "o,t=er"]);
  const some = await client.call("describeUserScramCredentials", 0, {
    users: [{ name: "app" }, { name: "nobody" }, { name: "twice" }, { name: "twice" }],
  });
  expect(some.results.map(({ user, errorCode }) => ({ user, errorCode }))).toEqual([
    { user: "app", errorCode: 0 },
    { user: "nobody", errorCode: errorCodes.RESOURCE_NOT_FOUND },
    { user: "twice", errorCode: errorCodes.DUPLICATE_RESOURCE },
  ]);
  expect(some.results[0]?.credentialInfos).toEqual([
    { mechanism: 1, iterations: 4096 },
    { mechanism: 2, iterations: 4096 },
  ]);
});

test.each<[BrokerOptions, string]>([
  [{ users: [{ name: "", password: "x" }] }, "a user must have a name"],
  [{ users: [{ name: "a", password: "" }] }, 'the password of user "a" must be a string'],
  [
    {
      users: [
        { name: "a", password: "x" },
        { name: "a", password: "y" },
      ],
    },
    'user "a" has two passwords for PLAIN',
  ],
  [
    { users: [{ name: "a", password: "x", mechanisms: ["GSSAPI" as "PLAIN"] }] },
    `'mechanisms' of user "a" must be of "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512": current value is "GSSAPI"`,
  ],
  [{ users: [{ name: "a", password: "x", mechanisms: [] }] }, "must have one"],
  [{ listeners: [{ sasl: ["GSSAPI" as "PLAIN"] }] }, 'current value is "GSSAPI"'],
])("startBroker() refuses %j", async (options, message) => {
  await expect(startBroker(options)).rejects.toThrow(message);
});
