// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import {
  ATTR_ERROR_TYPE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_RPC_CLIENT_CALL_DURATION,
  METRIC_RPC_SERVER_CALL_DURATION,
} from "@opentelemetry/semantic-conventions";
import { expect, test } from "vitest";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { createTestMeter } from "../manual-reader.testing.ts";
import { isFailure, statusName } from "./semconv-status.ts";

function startBoth(error?: ConnectError) {
  const { meterProvider, metrics, points } = createTestMeter();
  const transport = createRouterTransport(
    (router) =>
      router.service(EchoService, {
        unary() {
          if (error !== undefined) throw error;
          return {};
        },
      }),
    {
      router: { interceptors: [createServerInterceptor({ meterProvider, now: () => 0 })] },
      transport: {
        baseUrl: "http://video.example:8081",
        interceptors: [createClientInterceptor({ meterProvider, now: () => 0 })],
      },
    },
  );
  return { client: createClient(EchoService, transport), metrics, points };
}

const callOf = {
  [ATTR_RPC_SYSTEM_NAME]: "connectrpc",
  [ATTR_RPC_METHOD]: "labwire.testdata.v1.EchoService/Unary",
};
const server = { [ATTR_SERVER_ADDRESS]: "video.example", [ATTR_SERVER_PORT]: 8081 };

test("semconv has the attributes of the convention on a success", async () => {
  const { client, points } = startBoth();
  await client.unary({});
  const status = { [ATTR_RPC_STATUS_CODE]: "OK" };
  expect(await points()).toEqual([
    {
      name: METRIC_RPC_CLIENT_CALL_DURATION,
      attributes: { ...callOf, ...server, ...status },
      value: 1,
      sum: 0,
    },
    { name: "rpc.client.active_calls", attributes: { ...callOf, ...server }, value: 0 },
    { name: "rpc.client.received.messages", attributes: { ...callOf, ...server }, value: 1 },
    { name: "rpc.client.sent.messages", attributes: { ...callOf, ...server }, value: 1 },
    {
      name: METRIC_RPC_SERVER_CALL_DURATION,
      attributes: { ...callOf, ...status },
      value: 1,
      sum: 0,
    },
    { name: "rpc.server.active_calls", attributes: callOf, value: 0 },
    { name: "rpc.server.received.messages", attributes: callOf, value: 1 },
    { name: "rpc.server.sent.messages", attributes: callOf, value: 1 },
  ]);
});

test("semconv has 'error.type' on the client for any error, on the server for its own", async () => {
  const errorTypes: unknown[] = [];
  for (const code of [Code.NotFound, Code.Unavailable]) {
    const { client, points } = startBoth(new ConnectError("no", code));
    await client.unary({}).catch(() => {});
    for (const { name, attributes } of await points()) {
      if (name.endsWith("duration")) errorTypes.push([name, attributes[ATTR_ERROR_TYPE]]);
    }
  }
  expect(errorTypes).toEqual([
    [METRIC_RPC_CLIENT_CALL_DURATION, "not_found"],
    [METRIC_RPC_SERVER_CALL_DURATION, undefined],
    [METRIC_RPC_CLIENT_CALL_DURATION, "unavailable"],
    [METRIC_RPC_SERVER_CALL_DURATION, "unavailable"],
  ]);
});

test("semconv measures seconds, in the 14 buckets of the convention", async () => {
  const { client, metrics } = startBoth();
  await client.unary({});
  const durations = (await metrics()).filter(({ descriptor }) => descriptor.unit === "s");
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
  expect(durations.map(({ dataPoints }) => dataPoints[0]?.value)).toMatchObject([
    { buckets: { boundaries: bounds } },
    { buckets: { boundaries: bounds } },
  ]);
});

test("statusName() spells a code as its system does", () => {
  const codes = [undefined, Code.Canceled, Code.InvalidArgument];
  expect({
    grpc: codes.map((code) => statusName("grpc", code)),
    connectrpc: codes.map((code) => statusName("connectrpc", code)),
  }).toEqual({
    grpc: ["OK", "CANCELLED", "INVALID_ARGUMENT"],
    connectrpc: ["OK", "canceled", "invalid_argument"],
  });
});

test("isFailure() counts six codes as a server's", () => {
  const codes = Object.values(Code).filter((code) => typeof code === "number");
  expect(codes.filter((code) => isFailure("server", code)).map((code) => Code[code])).toEqual([
    "Unknown",
    "DeadlineExceeded",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
  ]);
  expect(codes.every((code) => isFailure("client", code))).toBe(true);
});
