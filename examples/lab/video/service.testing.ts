// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import type { UploadVideoRequestSchema } from "../gen/video/pb/message_pb.ts";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { httpUrl } from "../kit/address.ts";
import { createLogger } from "../kit/logger.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { createDeleter } from "./delete.ts";
import { startObjectServer } from "./objects/object-server.ts";
import { createFolderObjectStore } from "./objects/objects.folder.ts";
import type { ObjectStore } from "./objects/objects.ts";
import type { Prober } from "./probe.ts";
import { createVideoService } from "./service.ts";
import { createMemoryVideoStore } from "./store.memory.ts";
import type { VideoStore } from "./store.ts";
import { createUploader } from "./upload/upload.ts";

const loopback = { host: "127.0.0.1", port: 0 };
export const unknownId = "65a0000000000000000000ff";

export interface VideoServiceSetup {
  /** These stand in for some of the methods. */
  store?: Partial<VideoStore>;
  objects?: (objects: ObjectStore) => Partial<ObjectStore>;
  prober?: Partial<Prober>;
  /** What the comment service does with `DeleteCommentByVideoID`. */
  deleteComments?: (videoId: string) => void;
  maxUploadBytes?: number;
}

/** The service behind real HTTP/2, on stores in memory and in a folder, stopped with the test. */
export async function startVideoService(setup: VideoServiceSetup = {}) {
  const folder = mkdtempSync(join(tmpdir(), "video-service-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const objectServer = await startObjectServer({ address: loopback, bucket: "videos", folder });
  onTestFinished(() => objectServer.close(0));
  const baseUrl = `${httpUrl(objectServer.address)}/videos`;
  const folderObjects = createFolderObjectStore({ folder, baseUrl });
  const objects = { ...folderObjects, ...setup.objects?.(folderObjects) };
  const memory = createMemoryVideoStore();
  const store = { ...memory, ...setup.store };

  const log: string[] = [];
  const logger = createLogger({ level: "debug", write: (line) => log.push(line) });
  const commentsDeleted: string[] = [];
  const comments = createClient(
    Comment,
    createRouterTransport((router) => {
      router.rpc(Comment.method.deleteCommentByVideoID, ({ videoId }) => {
        setup.deleteComments?.(videoId);
        commentsDeleted.push(videoId);
        return {};
      });
    }),
  );
  const wakes: string[] = [];
  const relay = { wake: () => void wakes.push("wake") };
  const prober: Prober = {
    probe: async () => ({ width: 640, height: 360, duration: 4 }),
    close: async () => {},
    ...setup.prober,
  };

  const uploader = createUploader({ store, objects, prober, topic: "video", relay, logger });
  const deleter = createDeleter({ store, objects, comments, logger });
  const { maxUploadBytes = 1024 * 1024 } = setup;
  const service = createVideoService({ store, uploader, deleter, maxUploadBytes, logger });
  const server = await startRpcServer({
    address: loopback,
    routes: (router) => router.service(Video, service),
  });
  onTestFinished(() => server.close(0));

  return {
    address: server.address,
    client: createClient(Video, createRpcTransport({ address: server.address, timeoutMs: 10_000 })),
    store: memory,
    objects,
    uploader,
    deleter,
    commentsDeleted,
    wakes,
    log,
    /** What is in the folder of the objects, parts included. */
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort(),
  };
}

type UploadMessage = MessageInitShape<typeof UploadVideoRequestSchema>;

export function header(filename: string, size = 0n): UploadMessage {
  return { data: { case: "header", value: { filename, size } } };
}

export function chunk(bytes: string | Uint8Array): UploadMessage {
  const value = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return { data: { case: "chunkData", value: new Uint8Array(value) } };
}

/** Uploads a few bytes and answers the id. */
export async function uploadText(
  client: Client<typeof Video>,
  text: string,
  filename = "sample.mp4",
): Promise<string> {
  const { id } = await client.uploadVideo(messages(header(filename), chunk(text)));
  return id;
}

export async function* messages(...list: UploadMessage[]): AsyncGenerator<UploadMessage> {
  yield* list;
}
