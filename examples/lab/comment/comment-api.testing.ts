// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Client, ConnectRouter, Transport } from "@connectrpc/connect";
import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { createLogger } from "../kit/logger.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { createCommentService } from "./service.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import type { CommentStore } from "./store.ts";

export const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
export const unknownID = "00000000-0000-4000-8000-000000000000";

/** The fake of video's GetVideo: resolves when the video is there. */
export type GetVideo = (id: string) => Promise<void>;

/** In memory, or over sockets: gRPC on HTTP/2, on a free port of this machine. */
export type Wire = "in memory" | "over HTTP/2";
export const wires: readonly Wire[] = ["in memory", "over HTTP/2"];

export interface CommentApiOptions {
  readonly wire: Wire;
  /** Default an empty store in memory. */
  readonly store?: CommentStore;
  /** Default every video is there. */
  readonly getVideo?: GetVideo;
  /** How video is called, instead of the fake. */
  readonly video?: Transport;
}

export interface CommentApi {
  readonly client: Client<typeof Comment>;
  readonly store: CommentStore;
  /** What the service logged, without the times. */
  readonly logs: string[];
}

/** The comment service with a fake video service, until the test has finished. */
export async function startCommentApi(options: CommentApiOptions): Promise<CommentApi> {
  const { wire, store = createMemoryCommentStore(), getVideo = async () => {} } = options;
  const logs: string[] = [];
  const logger = createLogger({ write: (line) => logs.push(line.replace(/^\S+ /, "").trimEnd()) });

  const video = options.video ?? (await dial(wire, fakeVideo(getVideo)));
  const service = createCommentService({ store, logger, video: createClient(Video, video) });
  const comment = await dial(wire, (router) => router.service(Comment, service));
  return { client: createClient(Comment, comment), store, logs };
}

function fakeVideo(getVideo: GetVideo): (router: ConnectRouter) => void {
  return (router) =>
    router.service(Video, {
      getVideo: async ({ id }) => {
        await getVideo(id);
        return { video: { id } };
      },
    });
}

async function dial(wire: Wire, routes: (router: ConnectRouter) => void): Promise<Transport> {
  if (wire === "in memory") return createRouterTransport(routes);
  const server = await startRpcServer({ address: { host: "127.0.0.1", port: 0 }, routes });
  onTestFinished(() => server.close(0));
  return createRpcTransport({ address: server.address, timeoutMs: 5000 });
}

/** A store of which every method rejects. */
export function failingStore(error: Error): CommentStore {
  const fail = () => Promise.reject(error);
  return {
    list: fail,
    create: fail,
    update: fail,
    delete: fail,
    deleteByVideoID: fail,
    videosCommentedSince: fail,
    close: fail,
  };
}

/** The code and message of the error that the call ends with. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ code: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return { code, message: rawMessage };
  }
  throw new Error("The call did not fail");
}
