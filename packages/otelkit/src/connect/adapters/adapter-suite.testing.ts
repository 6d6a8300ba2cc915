// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  type Interceptor,
  type Transport,
} from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { expect, onTestFinished } from "vitest";
import { createTestMeter } from "../../manual-reader.testing.ts";
import { type InstrumentedRoutes, instrumentRoutes } from "../instrument-routes.ts";

/** A server that an adapter has put the routes into. */
export interface Served {
  /** How a client calls it. */
  transport: Transport;
  /** Where it is, when it has an address for plain HTTP/1.1. */
  url?: string;
  close?(): Promise<unknown>;
}

/** Puts routes into a server. */
export type Serve = (routes: InstrumentedRoutes) => Promise<Served>;

const servicePath = "/labwire.testdata.v1.EchoService";

/** Serves the echo, and reads what was measured. */
export async function serveEcho(serve: Serve) {
  const { meterProvider, points } = createTestMeter();
  const passed: string[] = [];
  const own: Interceptor = (next) => (req) => {
    passed.push(req.method.name);
    return next(req);
  };
  function echo({ service }: ConnectRouter) {
    // Connect runs these instead of the router's: no interceptor of the router sees this service.
    const options = { interceptors: [own] };
    service(
      EchoService,
      {
        unary({ text }) {
          if (text === "fail") throw new ConnectError("no", Code.NotFound);
          return { text };
        },
        async *serverStream({ text, count }) {
          for (let i = 0; i < count; i++) yield { text };
          if (text === "fail") throw new ConnectError("no", Code.DataLoss);
        },
      },
      options,
    );
  }
  const { transport, url, close } = await serve(instrumentRoutes(echo, { meterProvider }));
  if (close !== undefined) onTestFinished(async () => void (await close()));

  /** Such as `Unary OK 1`; `active` is the sum of all. */
  async function report(): Promise<string[]> {
    let active = 0;
    const lines: string[] = [];
    for (const { name, attributes, value } of await points()) {
      const method = String(attributes["rpc.method"]).split("/").pop();
      if (name === "rpc.server.active_calls") active += value;
      if (name === "rpc.server.sent.messages") lines.push(`${method} sent ${value}`);
      if (name === "rpc.server.call.duration") {
        lines.push(`${method} ${attributes["rpc.status_code"]} ${value}`);
      }
    }
    return [...lines.sort(), `active ${active}`];
  }

  return { client: createClient(EchoService, transport), url, passed, report };
}

/** Calls that every adapter must count, whatever the protocol. */
export async function expectCallsCounted(
  serve: Serve,
  spelling: "gRPC" | "Connect",
): Promise<void> {
  const { client, passed, report } = await serveEcho(serve);
  await client.unary({ text: "a" });
  const unaryError = await client.unary({ text: "fail" }).catch(ConnectError.from);
  const received: string[] = [];
  async function readStream(text: string) {
    for await (const message of client.serverStream({ text, count: 2 }))
      received.push(message.text);
  }
  await readStream("b");
  const streamError = await readStream("fail").catch(ConnectError.from);
  const unimplemented = await client
    .clientStream((async function* () {})())
    .catch(ConnectError.from);

  expect([unaryError, streamError, unimplemented]).toMatchObject([
    { code: Code.NotFound },
    { code: Code.DataLoss },
    { code: Code.Unimplemented },
  ]);
  expect(received).toEqual(["b", "b", "fail", "fail"]);
  expect(passed.sort()).toEqual(["ClientStream", "ServerStream", "ServerStream", "Unary", "Unary"]);
  const spelled = (code: string) => (spelling === "gRPC" ? code.toUpperCase() : code);
  await expect
    .poll(report, { timeout: 10_000 })
    .toEqual(
      [
        `ClientStream ${spelled("unimplemented")} 1`,
        "ClientStream sent 0",
        "ServerStream OK 1",
        `ServerStream ${spelled("data_loss")} 1`,
        "ServerStream sent 4",
        "Unary OK 1",
        `Unary ${spelled("not_found")} 1`,
        "Unary sent 1",
      ]
        .sort()
        .concat("active 0"),
    );
}

/** Requests that no handler of a method can answer, over HTTP/1.1. */
export async function expectRefusalsCounted(serve: Serve): Promise<void> {
  const { url, report } = await serveEcho(serve);
  const post = async (path: string, contentType: string, body: string) => {
    const headers = { "content-type": contentType };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = [
    await post(`${servicePath}/Unary`, "application/json", "{"),
    await post(`${servicePath}/Unary`, "text/plain", "a"),
    await post(`${servicePath}/None`, "application/proto", ""),
    await post("/none.Service/None", "application/grpc-web+proto", ""),
    (await fetch(`${url}/index.html`)).status,
  ];
  expect(statuses.slice(0, 2)).toEqual([400, 415]);
  expect(statuses.slice(2).filter((status) => status < 400)).toEqual([]);
  await expect
    .poll(report, { timeout: 10_000 })
    .toEqual([
      "Unary invalid_argument 1",
      "Unary sent 0",
      "Unary unknown 1",
      "_OTHER UNIMPLEMENTED 1",
      "_OTHER sent 0",
      "_OTHER sent 0",
      "_OTHER unimplemented 1",
      "active 0",
    ]);
}
