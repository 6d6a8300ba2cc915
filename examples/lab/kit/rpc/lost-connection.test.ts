// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { Video } from "../../gen/video/pb/rpc_pb.ts";
import { createRpcTransport } from "./rpc-client.ts";
import { startRpcServer } from "./rpc-server.ts";

const cuts = {
  closed: (socket: Socket) => socket.destroy(),
  reset: (socket: Socket) => socket.resetAndDestroy(),
};

test.each(["closed", "reset"] as const)(
  "a connection that is %s in the middle of a call is unavailable",
  async (cut) => {
    const client = await clientOfDyingServer(cuts[cut]);
    const uploading = async function* () {
      yield { data: { case: "header", value: { filename: "a.mp4" } } } as const;
      await new Promise(() => {});
    };

    const codes = await Promise.all(
      [client.healthz({}), client.uploadVideo(uploading())].map(codeOf),
    );

    expect(codes).toEqual([Code.Unavailable, Code.Unavailable]);
  },
);

test("a status that the server sent stays what it is", async () => {
  const server = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) =>
      router.service(Video, {
        healthz: () => {
          throw new ConnectError("not now", Code.Canceled);
        },
      }),
  });
  onTestFinished(() => server.close(0));
  const client = createClient(Video, createRpcTransport({ address: server.address }));

  expect(await codeOf(client.healthz({}))).toBe(Code.Canceled);
});

test("a caller that goes away is canceled, not unavailable", async () => {
  const client = await clientOfDyingServer(() => {});

  expect(await codeOf(client.healthz({}, { signal: AbortSignal.abort() }))).toBe(Code.Canceled);
});

async function clientOfDyingServer(kill: (socket: Socket) => void) {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    for (const socket of sockets) setImmediate(() => kill(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return createClient(Video, createRpcTransport({ address: { host: "127.0.0.1", port } }));
}

function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  return call.then(
    () => undefined,
    (error) => ConnectError.from(error).code,
  );
}
