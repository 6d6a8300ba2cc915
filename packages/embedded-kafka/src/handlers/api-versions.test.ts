// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { type ApiId, apis } from "../protocol/apis.ts";
import { decode } from "../protocol/codec.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { Reader } from "../protocol/reader.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { handlers } from "./handlers.ts";

const software = { clientSoftwareName: "raw-client", clientSoftwareVersion: "1.0-beta.2" };

test("ApiVersions answers every request that has a handler when it is asked in any version", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const answers = [];
  for (const version of [0, 1, 2, 3, 4]) {
    answers.push((await client.call("apiVersions", version, software)).apiKeys);
  }
  const expected = (Object.keys(handlers) as ApiId[])
    .map((id) => {
      const { key: apiKey, served } = apis[id];
      return { apiKey, minVersion: id === "produce" ? 0 : served[0], maxVersion: served[1] };
    })
    .sort((a, b) => a.apiKey - b.apiKey);
  expect(answers).toEqual(Array.from({ length: 5 }, () => expected));
});

test("ApiVersions answers in version 0 with its own range when a newer version is asked", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  client.send(Buffer.from("0012007f00000007ffff", "hex"), Buffer.from("future"));
  const reader = new Reader((await client.frame()) as Buffer);
  const correlationId = reader.int32();
  const answer = decode(reader, apis.apiVersions.response, 0, false);
  expect([correlationId, answer.errorCode, answer.apiKeys, reader.remaining]).toEqual([
    7,
    errorCodes.UNSUPPORTED_VERSION,
    [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    0,
  ]);
});

test.each([
  ["", "1"],
  ["a b", "1"],
  ["-a", "1"],
  ["a_b", "1"],
  ["a", ""],
  ["a", "1-"],
])(
  "ApiVersions refuses a client when it calls itself '%s' of version '%s'",
  async (name, version) => {
    await using broker = await startBroker();
    await using client = await RawClient.connect(broker);
    const named = { clientSoftwareName: name, clientSoftwareVersion: version };
    const { errorCode, apiKeys } = await client.call("apiVersions", 3, named);
    expect([errorCode, apiKeys]).toEqual([errorCodes.INVALID_REQUEST, []]);
  },
);
