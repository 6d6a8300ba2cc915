// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import { createGateway } from "@labwire/gatewaykit";
import { expect, onTestFinished, test } from "vitest";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import type { Address } from "../kit/address.ts";
import { httpUrl } from "../kit/address.ts";
import { listen } from "../kit/listen.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import type { VideoServiceSetup } from "../video/service.testing.ts";
import { startVideoService } from "../video/service.testing.ts";
import { videoUpload } from "./video-upload.ts";

const loopback = { host: "127.0.0.1", port: 0 };
const maxBytes = 10;

test("POST /v1/videos answers the id of the video that it made", async () => {
  const { address, store } = await startVideoService();

  const [status, body] = await post(await startGateway(address), form("file", "0123456789"));

  expect([status, body]).toEqual([200, { id: expect.stringMatching(/^[0-9a-f]{24}$/) }]);
  expect(await store.list(0, 0)).toMatchObject([{ ...(body as object), size: 10 }]);
});

const brokenStore: VideoServiceSetup = {
  objects: () => ({ put: () => Promise.reject(new Error("No space left")) }),
};

test.each<
  [what: string, body: FormData | string, status: number, code: number, setup?: VideoServiceSetup]
>([
  ["no form", "bytes", 400, 3],
  ["a form without a file", form("file"), 400, 3],
  ["a file in another field", form("other", "bytes"), 400, 3],
  ["an empty file", form("file", ""), 400, 3],
  ["a file that is too large", form("file", "01234567890"), 413, 8],
  ["a file that the service finds too large", form("file", "bytes"), 429, 8, { maxUploadBytes: 4 }],
  ["a file that cannot be stored", form("file", "bytes"), 500, 13, brokenStore],
])("upload errors: %s has its true status, and leaves nothing", async (_, body, ...rest) => {
  const [status, code, setup] = rest;
  const { address, store, files } = await startVideoService(setup);

  const answer = await post(await startGateway(address), body);

  expect(answer).toEqual([status, { code, message: expect.any(String), details: [] }]);
  expect([await store.list(0, 0), files()]).toEqual([[], []]);
});

test("upload errors: a service that is away has its true status", async () => {
  const answer = await post(
    await startGateway({ host: "127.0.0.1", port: 1 }),
    form("file", "bytes"),
  );

  expect(answer).toEqual([503, { code: 14, message: expect.any(String), details: [] }]);
});

/** The gateway as main.video.ts makes it; answers the URL of its uploads. */
async function startGateway(backend: Address): Promise<string> {
  const gateway = createGateway({
    services: [Video],
    transport: createRpcTransport({ address: backend }),
    uploads: [videoUpload(maxBytes)],
  });
  const server = createServer(gateway.node);
  const address = await listen(server, loopback);
  onTestFinished(() => void server.close());
  return `${httpUrl(address)}/v1/videos`;
}

async function post(
  url: string,
  body: FormData | string,
): Promise<[status: number, body: unknown]> {
  const response = await fetch(url, { method: "POST", body });
  return [response.status, await response.json()];
}

function form(field: string, file?: string): FormData {
  const data = new FormData();
  if (file === undefined) data.set(field, "text");
  else data.set(field, new Blob([file]), "a.mp4");
  return data;
}
