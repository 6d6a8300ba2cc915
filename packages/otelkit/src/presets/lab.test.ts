// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { describe, expect, test } from "vitest";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { createTestMeter } from "../manual-reader.testing.ts";
import { TestClock } from "../test-clock.testing.ts";

const FullMethod = "/labwire.testdata.v1.EchoService/Unary";

function startLab(handle: (clock: TestClock) => Promise<{ text: string }>) {
  const clock = new TestClock();
  const { meterProvider, metrics, points } = createTestMeter();
  const interceptor = createServerInterceptor({
    presets: ["lab"],
    meterProvider,
    now: clock.now,
  });
  const transport = createRouterTransport(
    (router) => router.service(EchoService, { unary: () => handle(clock) }),
    { router: { interceptors: [interceptor] } },
  );
  return { client: createClient(EchoService, transport), metrics, points };
}

describe.each([5, 50, 150])("The lab's meter, of a call that takes %i ms,", (ms) => {
  test("counts a success and leaves the response unchanged", async () => {
    const { client, points } = startLab(async (clock) => {
      clock.ms += ms;
      return { text: "response" };
    });
    expect((await client.unary({})).text).toBe("response");
    expect(await points()).toEqual([
      { name: "request", attributes: { FullMethod }, value: 1 },
      { name: "error_request", attributes: { FullMethod }, value: 0 },
      { name: "response_time", attributes: { FullMethod }, value: 1, sum: ms },
    ]);
  });

  test("counts a failure and leaves the error unchanged", async () => {
    const { client, points } = startLab(async (clock) => {
      clock.ms += ms;
      throw new ConnectError("video not found", Code.NotFound);
    });
    await expect(client.unary({})).rejects.toThrow("[not_found] video not found");
    expect(await points()).toEqual([
      { name: "request", attributes: { FullMethod }, value: 1 },
      { name: "error_request", attributes: { FullMethod }, value: 1 },
      { name: "response_time", attributes: { FullMethod }, value: 1, sum: ms },
    ]);
  });
});

test("lab moves 'request' before the handler runs, and the other two after it", async () => {
  const during: unknown[] = [];
  const { client, points } = startLab(async () => {
    during.push(...(await points()));
    return { text: "" };
  });
  await client.unary({});
  expect(during).toEqual([
    { name: "request", attributes: { FullMethod }, value: 1 },
    { name: "error_request", attributes: { FullMethod }, value: 0 },
  ]);
});

test("lab gives each instrument a description, and 'response_time' its buckets in ms", async () => {
  const { client, metrics } = startLab(async () => ({ text: "" }));
  await client.unary({});
  const collected = await metrics();
  expect(
    collected.map(({ descriptor: { name, description, unit } }) => ({ name, description, unit })),
  ).toEqual([
    { name: "request", description: "Calls that were received", unit: "" },
    { name: "error_request", description: "Calls that ended with an error", unit: "" },
    { name: "response_time", description: "How long calls took, in milliseconds", unit: "" },
  ]);
  expect(collected[2]?.dataPoints[0]?.value).toMatchObject({
    buckets: { boundaries: [10, 100, 200, 500, 1000] },
  });
});
