// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { Comment } from "../../gen/comment/pb/rpc_pb.ts";
import { readConfig } from "../config.ts";
import { freePort } from "../free-port.ts";
import { createReadiness } from "../readiness.ts";
import { createRpcTransport } from "../rpc/rpc-client.ts";
import { startRpcServer } from "../rpc/rpc-server.ts";
import { serviceVariables } from "../service-variables.ts";
import { startTelemetry } from "./telemetry.ts";

const error = new ConnectError("comment not found", Code.NotFound);

// The cases of the original's meter: what a call takes, and the buckets that it is too long for.
test.each([
  [5, "success", []],
  [50, "success", ["10"]],
  [150, "success", ["10", "100"]],
  [5, "failure", []],
  [50, "failure", ["10"]],
  [150, "failure", ["10", "100"]],
])(
  "the meter counts a call of %i ms that is a %s, and changes no answer",
  async (ms, end, empty) => {
    const { client, metrics } = await startMetered(async () => {
      // Timers of Node.js may end a part of a millisecond too soon.
      await delay(ms + 1);
      if (end === "failure") throw error;
      return { status: "ok" };
    });

    const answer = await client.healthz({}).then(
      ({ status }) => status,
      ({ code, rawMessage }: ConnectError) => ({ code, message: rawMessage }),
    );

    const series = await metrics();
    const failed = end === "failure";
    expect(answer).toEqual(failed ? { code: error.code, message: error.rawMessage } : "ok");
    expect([series("request_total"), series("error_request_total")]).toEqual([1, failed ? 1 : 0]);
    expect(series("response_time_count")).toBe(1);
    expect(series("response_time_sum")).toBeGreaterThanOrEqual(ms);
    expect(empty.map((le) => series("response_time_bucket", `,le="${le}"`))).toEqual(
      empty.map(() => 0),
    );
  },
);

async function startMetered(healthz: () => Promise<{ status: string }>) {
  const port = await freePort();
  const env = { METER_ADDR: `127.0.0.1:${port}` };
  const config = readConfig(serviceVariables("test"), { env, argv: [] });
  const scope = {
    signal: new AbortController().signal,
    onStop: (_name: string, stop: () => Promise<void> | void) => onTestFinished(stop),
    fail: () => {},
  };
  const { measureRoutes } = await startTelemetry(config, scope, createReadiness());
  const server = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) => router.rpc(Comment.method.healthz, healthz),
    measureRoutes,
  });
  onTestFinished(() => server.close(0));

  return {
    client: createClient(Comment, createRpcTransport({ address: server.address })),
    /** Reads the metrics once; the function answers the value of a series. */
    metrics: async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return (name: string, more = "") => {
        const start = `${name}{FullMethod="/comment.pb.Comment/Healthz"${more}} `;
        const line = text.split("\n").find((candidate) => candidate.startsWith(start));
        return line === undefined ? undefined : Number(line.slice(start.length));
      };
    },
  };
}
