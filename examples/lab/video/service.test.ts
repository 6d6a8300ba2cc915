// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { startVideoService, unknownId, uploadText } from "./service.testing.ts";
import { targetScales, VideoStoreUnavailableError } from "./store.ts";

const broken = async () => {
  throw new Error("disk of host db-7 is gone");
};

test("healthz() answers ok", async () => {
  const { client } = await startVideoService();

  expect((await client.healthz({})).status).toBe("ok");
});

test("getVideo() answers the whole video", async () => {
  const { client, store } = await startVideoService();
  const id = await uploadText(client, "0123456789", "my film.mp4");
  await store.updateVariant(id, 720, "http://videos/720");

  const { video } = await client.getVideo({ id });

  expect(video).toEqual({
    $typeName: "video.pb.VideoInfo",
    id,
    width: 640,
    height: 360,
    size: 10n,
    duration: 4,
    url: expect.stringMatching(new RegExp(`^http://127.0.0.1:\\d+/videos/${id}-my%20film.mp4$`)),
    status: "encoding",
    variants: { 720: "http://videos/720" },
    createdAt: expect.objectContaining({ $typeName: "google.protobuf.Timestamp" }),
    updatedAt: expect.objectContaining({ $typeName: "google.protobuf.Timestamp" }),
  });
});

test("ids are the same in upper case", async () => {
  const { client, store } = await startVideoService();
  const id = await uploadText(client, "bytes");

  expect((await client.getVideo({ id: id.toUpperCase() })).video?.id).toBe(id);
  await client.deleteVideo({ id: id.toUpperCase() });
  expect(await store.list(0, 0)).toEqual([]);
});

test("getVideo() answers NotFound for an unknown id, InvalidArgument for what is no id", async () => {
  const { client } = await startVideoService();

  const errors = await Promise.all(
    [unknownId, "", `${unknownId}0`, "1; DROP TABLE videos"].map((id) =>
      errorOf(client.getVideo({ id })),
    ),
  );

  expect(errors).toEqual([
    [Code.NotFound, "video not found"],
    [Code.InvalidArgument, "invalid objectID"],
    [Code.InvalidArgument, "invalid objectID"],
    [Code.InvalidArgument, "invalid objectID"],
  ]);
});

test("every RPC answers a store error in safe words, and logs the rest", async () => {
  const store = { get: broken, list: broken, create: broken, beginDelete: broken };
  const { client, log } = await startVideoService({ store });

  const errors = [
    await errorOf(client.getVideo({ id: unknownId })),
    await errorOf(client.listVideo({})),
    await errorOf(uploadText(client, "bytes")),
    await errorOf(client.deleteVideo({ id: unknownId })),
  ];

  expect(errors).toEqual([
    [Code.Internal, "cannot get the video"],
    [Code.Internal, "cannot list videos"],
    [Code.Internal, "cannot upload the video"],
    [Code.Internal, "cannot delete the video"],
  ]);
  expect(log.filter((line) => line.includes("disk of host db-7 is gone"))).toHaveLength(4);
});

test("every RPC answers Unavailable while the video store is away, and logs why", async () => {
  const away = async () => {
    throw new VideoStoreUnavailableError("connect ECONNREFUSED db-7:27017");
  };
  const store = { get: away, list: away, create: away, beginDelete: away };
  const { client, log, files } = await startVideoService({ store });

  const errors = [
    await errorOf(client.getVideo({ id: unknownId })),
    await errorOf(client.listVideo({})),
    await errorOf(uploadText(client, "bytes")),
    await errorOf(client.deleteVideo({ id: unknownId })),
  ];

  expect(errors).toEqual(Array(4).fill([Code.Unavailable, "video store is unavailable"]));
  expect(log.filter((line) => line.includes("ECONNREFUSED db-7"))).toHaveLength(4);
  expect(files()).toEqual([]);
});

test("listVideo() answers by creation time, within limit and skip", async () => {
  const { client } = await startVideoService();
  const list = async (limit: bigint, skip: bigint) =>
    (await client.listVideo({ limit, skip })).videos.map(({ id }) => id);
  const none = await list(0n, 0n);
  const ids: string[] = [];
  for (const text of ["a", "b", "c"]) ids.push(await uploadText(client, text));

  const most = 2n ** 63n - 1n;
  const pages = [
    await list(0n, 0n),
    await list(1n, 1n),
    await list(most, 2n),
    await list(0n, most),
  ];

  expect([none, ...pages]).toEqual([[], ids, ids.slice(1, 2), ids.slice(2), []]);
});

test("listVideo() answers InvalidArgument for a negative limit or skip", async () => {
  const { client } = await startVideoService();

  expect([
    await errorOf(client.listVideo({ limit: -1n })),
    await errorOf(client.listVideo({ skip: -1n })),
  ]).toEqual([
    [Code.InvalidArgument, "limit must not be negative"],
    [Code.InvalidArgument, "skip must not be negative"],
  ]);
});

test("timestamps: a video's are set, and updatedAt moves with its status", async () => {
  const { client, store } = await startVideoService();
  const before = Date.now();
  const id = await uploadText(client, "bytes");

  const uploaded = await store.get(id);
  for (const scale of targetScales) await store.updateVariant(id, scale, "http://videos/x");
  const encoded = await store.get(id);

  expect([uploaded.status, encoded.status]).toEqual(["uploaded", "success"]);
  expect(uploaded.createdAt.getTime()).toBeGreaterThanOrEqual(before);
  expect(encoded.createdAt).toEqual(uploaded.createdAt);
  expect(encoded.updatedAt.getTime()).toBeGreaterThanOrEqual(uploaded.updatedAt.getTime());
});

test("deleteVideo() removes the video, its comments, its file and its renditions", async () => {
  const { client, objects, commentsDeleted, files } = await startVideoService();
  const [id, other] = [await uploadText(client, "one"), await uploadText(client, "two")];
  await objects.put(`${id}-720p-sample.mp4.mp4`, bytes("rendition"));

  await client.deleteVideo({ id });

  expect({ commentsDeleted, files: files() }).toEqual({
    commentsDeleted: [id],
    files: [`${other}-sample.mp4`],
  });
  expect(await errorOf(client.getVideo({ id }))).toEqual([Code.NotFound, "video not found"]);
  expect((await client.listVideo({})).videos.map((video) => video.id)).toEqual([other]);
});

test("deleteVideo() answers NotFound for an unknown id, and once all is gone", async () => {
  const { client } = await startVideoService();
  const id = await uploadText(client, "bytes");
  await client.deleteVideo({ id });

  expect([
    await errorOf(client.deleteVideo({ id })),
    await errorOf(client.deleteVideo({ id: unknownId })),
    await errorOf(client.deleteVideo({ id: "no id" })),
  ]).toEqual([
    [Code.NotFound, "video not found"],
    [Code.NotFound, "video not found"],
    [Code.InvalidArgument, "invalid objectID"],
  ]);
});

test("orphans: a delete that broke off at the comments can be repeated until all is gone", async () => {
  let away = true;
  const { client, commentsDeleted, files, store } = await startVideoService({
    deleteComments: () => {
      if (away) throw new ConnectError("no route to 10.0.0.7", Code.Unavailable);
    },
  });
  const id = await uploadText(client, "bytes");

  const first = await errorOf(client.deleteVideo({ id }));
  const hidden = await errorOf(client.getVideo({ id }));
  away = false;
  await client.deleteVideo({ id });
  const last = await errorOf(client.deleteVideo({ id }));

  expect({ first, hidden, last }).toEqual({
    first: [Code.Unavailable, "comment service is unavailable"],
    hidden: [Code.NotFound, "video not found"],
    last: [Code.NotFound, "video not found"],
  });
  expect({ commentsDeleted, files: files() }).toEqual({ commentsDeleted: [id], files: [] });
  expect(await store.deleting()).toEqual([]);
});

test("orphans: a delete that broke off at the files can be repeated until all is gone", async () => {
  let stuck = true;
  const { client, files } = await startVideoService({
    objects: (objects) => ({
      delete: async (name) => {
        if (stuck) throw new Error("Cannot remove a file");
        await objects.delete(name);
      },
    }),
  });
  const id = await uploadText(client, "bytes");

  const first = await errorOf(client.deleteVideo({ id }));
  stuck = false;
  await client.deleteVideo({ id });

  expect(first).toEqual([Code.Internal, "cannot delete the video"]);
  expect(await errorOf(client.deleteVideo({ id }))).toEqual([Code.NotFound, "video not found"]);
  expect(files()).toEqual([]);
});

test("resume() finishes every delete that broke off, though one of them still fails", async () => {
  const stuck: string[] = [];
  const { client, deleter, store, files } = await startVideoService({
    deleteComments: (videoId) => {
      if (stuck.includes(videoId)) throw new ConnectError("away", Code.Unavailable);
    },
  });
  const ids = [await uploadText(client, "one"), await uploadText(client, "two")];
  stuck.push(...ids);
  for (const id of ids) await errorOf(client.deleteVideo({ id }));
  stuck.pop();

  await expect(deleter.resume()).rejects.toThrow(`Cannot delete the comments of video '${ids[0]}'`);

  expect((await store.deleting()).map(({ id }) => id)).toEqual([ids[0]]);
  expect(files()).toEqual([`${ids[0]}-sample.mp4`]);
});

async function errorOf(call: Promise<unknown>): Promise<[Code, string]> {
  const error = await call.then(
    () => new ConnectError("no error", Code.Unknown),
    (reason) => ConnectError.from(reason),
  );
  return [error.code, error.rawMessage];
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
