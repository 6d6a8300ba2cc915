// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import { UploadVideoRequestSchema } from "../../gen/video/pb/message_pb.ts";
import { httpUrl } from "../../kit/address.ts";
import { chunk, header, messages, startVideoService, uploadText } from "../service.testing.ts";

const nothing = { files: [], videos: [], events: [] };

test.each([1, 2])(
  "whole uploads: one that is cancelled at PING %i, and looked whole, is no video",
  async (round) => {
    const service = await startVideoService();
    const { session, stream } = await beginUpload(service.address);

    let pings = 0;
    session.on("ping", () => {
      if (++pings === round) stream.close(8);
    });
    stream.end(envelopes(header("a.mp4"), chunk("half")));
    await once(stream, "close");

    await vi.waitFor(async () => expect(await left(service)).toEqual(nothing), 10_000);
    await expect(uploadText(service.client, "whole")).resolves.toHaveLength(24);
    expect(await service.store.list(0, 0)).toHaveLength(1);
  },
);

test("whole uploads: one whose connection is closed, and looked whole, is no video", async () => {
  const service = await startVideoService();
  const { session, stream } = await beginUpload(service.address);

  session.once("ping", () => session.destroy());
  stream.end(envelopes(header("a.mp4"), chunk("half")));
  await once(session, "close");

  await vi.waitFor(async () => expect(await left(service)).toEqual(nothing), 10_000);
});

test.each([1, 200_000])(
  "uploads of %i bytes that are cancelled at their end, again and again, are no videos",
  async (bytes) => {
    const service = await startVideoService();

    for (let i = 0; i < 100; i++) {
      const abort = new AbortController();
      const call = service.client.uploadVideo(
        (async function* () {
          yield* messages(header("a.mp4"), chunk(new Uint8Array(bytes)));
          abort.abort();
          await new Promise(() => {});
        })(),
        { signal: abort.signal },
      );
      await expect(call).rejects.toMatchObject({ code: Code.Canceled });
    }

    await vi.waitFor(async () => expect(await left(service)).toEqual(nothing), 10_000);
  },
);

test("more uploads at once on one connection than Node.js allows PINGs are all taken", async () => {
  const { client, store } = await startVideoService();

  await Promise.all(Array.from({ length: 50 }, () => uploadText(client, "whole")));

  expect(await store.list(0, 0)).toHaveLength(50);
});

/** An upload by hand, over a connection of its own. */
async function beginUpload(address: Parameters<typeof httpUrl>[0]) {
  const session = connect(httpUrl(address));
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ":method": "POST",
    ":path": "/video.pb.Video/UploadVideo",
    "content-type": "application/connect+proto",
  });
  stream.on("error", () => {});
  stream.resume();
  await once(session, "connect");
  return { session, stream };
}

/** Messages as the Connect protocol has them in a stream: flags, length, bytes. */
function envelopes(...list: ReturnType<typeof header>[]): Buffer {
  return Buffer.concat(
    list.flatMap((init) => {
      const bytes = toBinary(UploadVideoRequestSchema, create(UploadVideoRequestSchema, init));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(bytes.length, 1);
      return [prefix, bytes];
    }),
  );
}

async function left({ files, store }: Awaited<ReturnType<typeof startVideoService>>) {
  return { files: files(), videos: await store.list(0, 0), events: store.events };
}
