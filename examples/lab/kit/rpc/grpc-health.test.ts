// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { createClient, createHandlerContext, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { createGrpcHealth } from "./grpc-health.ts";

const services = ["comment.pb.Comment"];

test.each(["", "comment.pb.Comment"])("check() of '%s' follows the readiness", async (service) => {
  const { client, problems } = serve();

  const ready = await client.check({ service });
  problems.push("kafka: away");
  const away = await client.check({ service });
  problems.pop();

  expect([ready.status, away.status]).toEqual([Status.SERVING, Status.NOT_SERVING]);
  expect((await client.check({ service })).status).toBe(Status.SERVING);
});

test("check() does not find an unknown service", async () => {
  const { client } = serve();

  await expect(client.check({ service: "comment.pb.Video" })).rejects.toThrow(
    "[not_found] unknown service 'comment.pb.Video'",
  );
});

test("list() answers the status of every service", async () => {
  const { client } = serve();

  const { statuses } = await client.list({});

  expect(Object.entries(statuses).map(([name, { status }]) => [name, status])).toEqual([
    ["", Status.SERVING],
    ["comment.pb.Comment", Status.SERVING],
  ]);
});

test("watch() tells the status at once, then each change, and ends when the server stops", async () => {
  const { client, problems, stop } = serve();
  const told: Status[] = [];

  for await (const { status } of client.watch({ service: "comment.pb.Comment" })) {
    told.push(status);
    if (told.length === 1) problems.push("kafka: away");
    if (told.length === 2) problems.pop();
    if (told.length === 3) stop();
  }

  expect(told).toEqual([Status.SERVING, Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
});

test("watch() of an unknown service says so, and goes on", async () => {
  const { client, stop } = serve();
  const told: Status[] = [];

  for await (const { status } of client.watch({ service: "x" })) {
    told.push(status);
    stop();
  }

  expect(told).toEqual([Status.SERVICE_UNKNOWN]);
});

test("watch() ends with its client", async () => {
  const left = new AbortController();
  const health = createGrpcHealth({
    services,
    problems: () => [],
    stopping: new AbortController().signal,
    watchIntervalMs: 3_600_000,
  });
  const context = createHandlerContext({
    service: Health,
    method: Health.method.watch,
    protocolName: "grpc",
    requestMethod: "POST",
    url: "http://localhost/grpc.health.v1.Health/Watch",
    requestSignal: left.signal,
  });

  let messages = 0;
  for await (const _ of health.watch(create(HealthCheckRequestSchema), context)) {
    messages++;
    left.abort();
  }

  expect(messages).toBe(1);
});

function serve() {
  const problems: string[] = [];
  const stopping = new AbortController();
  const health = createGrpcHealth({
    services,
    problems: () => problems,
    stopping: stopping.signal,
    watchIntervalMs: 1,
  });
  const transport = createRouterTransport(({ service }) => service(Health, health));
  return { client: createClient(Health, transport), problems, stop: () => stopping.abort() };
}
