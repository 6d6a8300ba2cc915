// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import { HandleVideoCreatedRequestSchema } from "../../gen/video/pb/stream_pb.ts";
import { ObjectStoreUnavailableError } from "../objects/objects.ts";
import { createProber } from "../probe.ts";
import { chunk, header, messages, startVideoService, uploadText } from "../service.testing.ts";
import { createMemoryVideoStore } from "../store.memory.ts";
import { VideoStoreUnavailableError } from "../store.ts";

const sample = readFileSync(new URL("../../fixtures/sample.mp4", import.meta.url));

test("uploadVideo() keeps a real mp4 of about 1 MB, and its event, then wakes the relay", async () => {
  const prober = createProber();
  onTestFinished(() => prober.close());
  const { client, store, wakes } = await startVideoService({ prober, maxUploadBytes: 2 ** 21 });
  const file = padded(sample, 1024 * 1024);

  const { id } = await client.uploadVideo(
    (async function* () {
      yield header("sample.mp4", BigInt(file.length));
      for (let start = 0; start < file.length; start += 65_536) {
        yield chunk(file.subarray(start, start + 65_536));
      }
    })(),
  );

  const video = await store.get(id);
  expect(video).toMatchObject({
    width: 640,
    height: 360,
    duration: 4,
    size: 1024 * 1024,
    objectName: `${id}-sample.mp4`,
    status: "uploaded",
    variants: {},
  });
  const [event] = store.events;
  expect(fromBinary(HandleVideoCreatedRequestSchema, event?.value ?? new Uint8Array())).toEqual({
    $typeName: "video.pb.HandleVideoCreatedRequest",
    id,
    url: video.url,
    scale: 0,
  });
  expect(wakes).toEqual(["wake"]);
});

test("one empty key: the event of an upload is keyed by the video's id", async () => {
  const { client, store } = await startVideoService();

  const id = await uploadText(client, "bytes");

  expect(store.events).toMatchObject([{ topic: "video", key: id }]);
});

test("url: a client can GET the uploaded bytes at it, whatever the file was called", async () => {
  const { client, store } = await startVideoService();
  const name = "../Été à 100% #1?.mp4";

  const { id } = await client.uploadVideo(messages(header(name), chunk("the "), chunk("bytes")));

  const { url } = await store.get(id);
  expect(await (await fetch(url)).text()).toBe("the bytes");
});

test("file names: none can leave the folder", async () => {
  const { client, files } = await startVideoService();
  const names = [
    "../../escape",
    "/etc/escape",
    "..",
    "a\0b",
    "long".repeat(1000),
    "\\\\host\\share",
  ];

  const stored: string[] = [];
  for (const name of names) {
    const { id } = await client.uploadVideo(messages(header(name), chunk("bytes")));
    stored.push(...files().filter((file) => file.startsWith(id)));
  }

  expect(stored).toHaveLength(names.length);
});

test("a file that is no video is stored all the same, with zeros", async () => {
  const prober = createProber();
  onTestFinished(() => prober.close());
  const { client } = await startVideoService({ prober });
  const { id } = await client.uploadVideo(messages(header("notes.txt"), chunk("no video")));

  const { video } = await client.getVideo({ id });

  expect(video).toMatchObject({ width: 0, height: 0, duration: 0, size: 8n, status: "uploaded" });
});

test.each([
  ["no message at all", [], "the first message must be the header"],
  ["no header", [chunk("bytes")], "the first message must be the header"],
  ["an unset message first", [{}], "the first message must be the header"],
  [
    "a chunk before the header",
    [chunk("bytes"), header("a.mp4"), chunk("bytes")],
    "the first message must be the header",
  ],
  [
    "a second header",
    [header("a.mp4"), chunk("bytes"), header("a.mp4"), chunk("bytes")],
    "every message after the header must be a chunk",
  ],
  [
    "an unset message later",
    [header("a.mp4"), chunk("bytes"), {}],
    "every message after the header must be a chunk",
  ],
  ["an empty filename", [header(""), chunk("bytes")], "the filename is empty"],
  ["an empty file", [header("a.mp4")], "the file is empty"],
  ["an empty file in chunks", [header("a.mp4"), chunk(""), chunk("")], "the file is empty"],
  [
    "fewer bytes than declared",
    [header("a.mp4", 6n), chunk("bytes")],
    "the header says 6 bytes, but 5 came",
  ],
  [
    "more bytes than declared",
    [header("a.mp4", 4n), chunk("bytes")],
    "the header says 4 bytes, but 5 came",
  ],
])("whole uploads: %s is InvalidArgument, and leaves nothing", async (_, stream, reason) => {
  const { client, store, files, wakes } = await startVideoService();

  const call = client.uploadVideo(messages(...stream));

  await expect(call).rejects.toMatchObject({
    code: Code.InvalidArgument,
    rawMessage: `invalid upload: ${reason}`,
  });
  expect({ files: files(), events: store.events, videos: await store.list(0, 0), wakes }).toEqual({
    files: [],
    events: [],
    videos: [],
    wakes: [],
  });
});

test("an upload that declares more than the limit is refused before its bytes come", async () => {
  const { client, files } = await startVideoService({ maxUploadBytes: 10 });

  const call = client.uploadVideo(
    (async function* () {
      yield header("a.mp4", 11n);
      await new Promise(() => {});
    })(),
  );

  await expect(call).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "file is larger than 10 bytes",
  });
  expect(files()).toEqual([]);
});

test("an upload that never ends is cut off at the limit, and nothing is left", async () => {
  const { client, files } = await startVideoService({ maxUploadBytes: 1024 * 1024 });

  const call = client.uploadVideo(
    (async function* () {
      yield header("a.mp4");
      for (;;) yield chunk(new Uint8Array(65_536));
    })(),
  );

  await expect(call).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "file is larger than 1048576 bytes",
  });
  expect(files()).toEqual([]);
});

test("an upload of exactly the limit is taken", async () => {
  const { client, store } = await startVideoService({ maxUploadBytes: 10 });

  const { id } = await client.uploadVideo(messages(header("a.mp4", 10n), chunk("0123456789")));

  expect((await store.get(id)).size).toBe(10);
});

test("whole uploads: one whose client leaves in the middle leaves nothing", async () => {
  const { client, files, store, put } = await startWatchedUpload();
  const abort = new AbortController();
  const call = client.uploadVideo(stuckUpload(), { signal: abort.signal });
  await put.begun;

  abort.abort();

  await expect(call).rejects.toMatchObject({ code: Code.Canceled });
  await put.ended;
  expect({ files: files(), videos: await store.list(0, 0) }).toEqual({ files: [], videos: [] });
});

test("an upload that outlasts its deadline leaves nothing", async () => {
  const { client, files, store, put } = await startWatchedUpload();

  const call = client.uploadVideo(stuckUpload(), { timeoutMs: 200 });

  await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded });
  await put.ended;
  expect({ files: files(), videos: await store.list(0, 0) }).toEqual({ files: [], videos: [] });
});

test("an upload that cannot be stored answers in safe words and leaves nothing", async () => {
  const { client, files, log } = await startVideoService({
    objects: () => ({
      put: async () => {
        throw new Error("ENOSPC: no space left on device /secret/path");
      },
    }),
  });

  const call = client.uploadVideo(messages(header("a.mp4"), chunk("bytes")));

  await expect(call).rejects.toMatchObject({
    code: Code.Internal,
    rawMessage: "cannot upload the video",
  });
  expect(files()).toEqual([]);
  expect(log.join("")).toContain("ENOSPC");
});

test("an upload while the object store is away answers Unavailable, and what may be there goes", async () => {
  const deleted: string[] = [];
  const { client } = await startVideoService({
    objects: (folder) => ({
      // As when the answer to a request that took effect was lost.
      put: async (...args) => {
        await folder.put(...args);
        throw new ObjectStoreUnavailableError("Cannot store object: connect ECONNREFUSED 10.0.0.7");
      },
      delete: async (name) => {
        await folder.delete(name);
        deleted.push(name);
      },
    }),
  });

  const call = client.uploadVideo(messages(header("a.mp4"), chunk("bytes")));

  await expect(call).rejects.toMatchObject({
    code: Code.Unavailable,
    rawMessage: "object store is unavailable",
  });
  await vi.waitFor(
    () => expect(deleted).toEqual([expect.stringMatching(/^[0-9a-f]{24}-a.mp4$/)]),
    10_000,
  );
});

test("an upload whose row cannot be written leaves no object and does not wake the relay", async () => {
  const { client, files, wakes } = await startVideoService({
    store: {
      create: async () => {
        throw new Error("Database is locked");
      },
    },
  });

  await expect(
    client.uploadVideo(messages(header("a.mp4"), chunk("bytes"))),
  ).rejects.toBeInstanceOf(ConnectError);

  expect({ files: files(), wakes }).toEqual({ files: [], wakes: [] });
});

test("atomic: an upload whose row may be there all the same keeps its file", async () => {
  const kept = createMemoryVideoStore();
  const { client, files } = await startVideoService({
    store: {
      create: async (video, event) => {
        await kept.create(video, event);
        throw new VideoStoreUnavailableError("No answer", { mayHaveHappened: true });
      },
    },
  });

  await expect(uploadText(client, "bytes")).rejects.toThrow("video store is unavailable");

  const [video] = await kept.list(0, 0);
  expect(files()).toEqual([video?.objectName]);
});

test("isUnderWay() is true from before the object is there until after the row is", async () => {
  const seen: boolean[] = [];
  const { client, uploader } = await startVideoService({
    store: {
      create: async ({ id }) => {
        seen.push(uploader.isUnderWay(id));
      },
    },
  });

  const { id } = await client.uploadVideo(messages(header("a.mp4"), chunk("bytes")));

  expect([...seen, uploader.isUnderWay(id)]).toEqual([true, false]);
});

/** A valid file of that many bytes: players skip a box of type "free". */
function padded(mp4: Buffer, length: number): Buffer {
  const free = Buffer.alloc(length - mp4.length);
  free.writeUInt32BE(free.length, 0);
  free.write("free", 4, "latin1");
  return Buffer.concat([mp4, free]);
}

async function* stuckUpload() {
  yield header("a.mp4");
  yield chunk("bytes");
  await new Promise(() => {});
}

/** A service that tells when the object of an upload is begun, and when it is given up. */
async function startWatchedUpload() {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const service = await startVideoService();
  const { put } = service.objects;
  service.objects.put = async (name, chunks, signal) => {
    const watched = async function* () {
      for await (const bytes of chunks) {
        begun.resolve();
        yield bytes;
      }
    };
    try {
      return await put(name, watched(), signal);
    } finally {
      ended.resolve();
    }
  };
  return { ...service, put: { begun: begun.promise, ended: ended.promise } };
}
