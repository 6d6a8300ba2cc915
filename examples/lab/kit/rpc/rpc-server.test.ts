// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { instrumentRoutes } from "@labwire/otelkit";
import { expect, onTestFinished, test } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { Video } from "../../gen/video/pb/rpc_pb.ts";
import { httpUrl } from "../address.ts";
import { createRpcTransport } from "./rpc-client.ts";
import { startRpcServer } from "./rpc-server.ts";

const loopback = { host: "127.0.0.1", port: 0 };

test("startRpcServer() serves gRPC over HTTP/2 and Connect over HTTP/1.1 on one port", async () => {
  const server = await startServer();
  const grpc = createRpcTransport({ address: server.address, timeoutMs: 5000 });
  const connectOverHttp1 = createConnectTransport({
    baseUrl: httpUrl(server.address),
    httpVersion: "1.1",
  });

  const answers = await Promise.all(
    [grpc, connectOverHttp1].map((transport) => createClient(Video, transport).healthz({})),
  );

  expect(answers.map((answer) => answer.status)).toEqual(["ok", "ok"]);
});

test("startRpcServer() lives on when a client connects and leaves without a word", async () => {
  const server = await startServer();
  await new Promise<void>((resolve) => {
    const socket = connect(server.address.port, "127.0.0.1", () => socket.end());
    socket.on("close", () => resolve());
  });

  const transport = createRpcTransport({ address: server.address, timeoutMs: 5000 });

  expect((await createClient(Video, transport).healthz({})).status).toBe("ok");
});

test("startRpcServer() names the address when its port is taken", async () => {
  const { address } = await startServer();

  await expect(startRpcServer({ address, routes: () => {} })).rejects.toThrow(
    `Cannot listen on localhost:${address.port}: the port is taken`.replace(
      "localhost",
      address.host,
    ),
  );
});

test("close() lets the call under way finish", async () => {
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const server = await startServer(async () => {
    entered.resolve();
    await leave.promise;
  });
  const transport = createRpcTransport({ address: server.address, timeoutMs: 5000 });
  const call = createClient(Video, transport).healthz({});
  await entered.promise;

  const closed = server.close(5000);
  leave.resolve();

  expect((await call).status).toBe("ok");
  await closed;
});

test("close() cuts a call that outlasts the deadline", async () => {
  const entered = Promise.withResolvers<void>();
  const server = await startServer(() => {
    entered.resolve();
    return new Promise(() => {});
  });
  const transport = createRpcTransport({ address: server.address, timeoutMs: 5000 });
  const call = createClient(Video, transport).healthz({});
  const failed = expect(call).rejects.toThrow();
  await entered.promise;

  await server.close(1);
  await failed;
});

test("startRpcServer() measures its routes, and not health checks and reflection", async () => {
  const measured: string[] = [];
  const server = await startRpcServer({
    address: loopback,
    routes: (router) => router.service(Video, { healthz: () => ({ status: "ok" }) }),
    measureRoutes: (routes) =>
      instrumentRoutes(routes, {
        filter({ method }) {
          measured.push(method?.name ?? "");
          return false;
        },
      }),
    problems: () => ["kafka: away"],
  });
  onTestFinished(() => server.close(0));
  const transport = createRpcTransport({ address: server.address, timeoutMs: 5000 });

  await createClient(Video, transport).healthz({});
  const { status } = await createClient(Health, transport).check({ service: "video.pb.Video" });

  expect({ status, measured }).toEqual({
    status: Status.NOT_SERVING,
    measured: ["Healthz"],
  });
});

test("close() ends the watches of its health, and does not wait for its deadline", async () => {
  const server = await startServer();
  const transport = createRpcTransport({ address: server.address, timeoutMs: 60_000 });
  const told: Status[] = [];

  for await (const { status } of createClient(Health, transport).watch({})) {
    told.push(status);
    if (told.length === 1) void server.close(60_000);
  }

  expect(told).toEqual([Status.SERVING, Status.NOT_SERVING]);
});

async function startServer(work: () => Promise<void> = async () => {}) {
  const server = await startRpcServer({
    address: loopback,
    routes: (router) =>
      router.service(Video, {
        healthz: async () => {
          await work();
          return { status: "ok" };
        },
      }),
  });
  onTestFinished(() => server.close(0));
  return server;
}
