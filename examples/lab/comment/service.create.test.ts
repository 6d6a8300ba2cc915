// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import type { GetVideo } from "./comment-api.testing.ts";
import { failureOf, startCommentApi, videoID, wires } from "./comment-api.testing.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import type { CommentStore } from "./store.ts";

const all = { limit: 0, offset: 0 };
const request = { videoId: videoID, content: "hello" };
const notFound = new ConnectError("video not found", Code.NotFound);

describe.each(wires)("CreateComment %s", (wire) => {
  test("CreateComment answers the id of a new comment on a video that is there", async () => {
    const asked: string[] = [];
    const { client, store, logs } = await startCommentApi({
      wire,
      getVideo: async (id) => void asked.push(id),
    });

    const { id } = await client.createComment(request);

    expect(await store.list(videoID, all)).toMatchObject([{ id, content: "hello" }]);
    expect(new Set(asked)).toEqual(new Set([videoID]));
    expect(logs).toEqual([`info  Comment created id=${id} videoID=${videoID}`]);
  });

  test.each([
    new ConnectError("video not found", Code.NotFound),
    new ConnectError("video store is unavailable", Code.Unavailable),
    new ConnectError("quota of 10% is used up: ü", Code.ResourceExhausted),
    new ConnectError("", Code.PermissionDenied),
  ])("CreateComment passes video's error through unchanged: %s", async (error) => {
    const { client, store } = await startCommentApi({
      wire,
      getVideo: () => Promise.reject(error),
    });

    expect(await failureOf(client.createComment(request))).toEqual({
      code: error.code,
      message: error.rawMessage,
    });
    expect(await store.list(videoID, all)).toEqual([]);
  });

  test("orphans: a comment that races with the deletion of its video goes with it", async () => {
    const inner = createMemoryCommentStore();
    const { client } = await startCommentApi({ wire, ...videoThatGoes(inner) });

    expect(await failureOf(client.createComment(request))).toEqual({
      code: Code.NotFound,
      message: "video not found",
    });
    expect(await inner.list(videoID, all)).toEqual([]);
  });

  test("a comment that the deletion of its video took away is no error of the store", async () => {
    const inner = createMemoryCommentStore();
    let asked = 0;
    const { client, logs } = await startCommentApi({
      wire,
      store: inner,
      getVideo: async () => {
        asked += 1;
        if (asked === 1) return;
        await inner.deleteByVideoID(videoID);
        throw notFound;
      },
    });

    expect((await failureOf(client.createComment(request))).code).toBe(Code.NotFound);
    expect(logs).toEqual([]);
  });

  test("a comment stays when video is gone by the second time it is asked", async () => {
    let asked = 0;
    const { client, store, logs } = await startCommentApi({
      wire,
      getVideo: async () => {
        asked += 1;
        if (asked > 1) throw new ConnectError("video store is unavailable", Code.Unavailable);
      },
    });

    const { id } = await client.createComment(request);

    expect(await store.list(videoID, all)).toMatchObject([{ id }]);
    expect(logs[0]).toMatch(/^warn {2}Cannot ask again for the video of a new comment/);
  });

  test("a caller who leaves after the insertion leaves no orphan", async () => {
    const inner = createMemoryCommentStore();
    const caller = new AbortController();
    const gone = Promise.withResolvers<void>();
    const { client } = await startCommentApi({
      wire,
      ...videoThatGoes({
        ...inner,
        create: async (comment) => {
          const created = await inner.create(comment);
          caller.abort();
          return created;
        },
        delete: async (id) => {
          const deleted = await inner.delete(id);
          gone.resolve();
          return deleted;
        },
      }),
    });

    expect((await failureOf(client.createComment(request, caller))).code).toBe(Code.Canceled);
    await gone.promise;
    expect(await inner.list(videoID, all)).toEqual([]);
  });
});

test("CreateComment answers Unavailable when video cannot be reached", async () => {
  const server = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: () => {},
  });
  await server.close(0);
  const video = createRpcTransport({ address: server.address, timeoutMs: 5000 });
  const { client, store, logs } = await startCommentApi({ wire: "in memory", video });

  expect(await failureOf(client.createComment(request))).toEqual({
    code: Code.Unavailable,
    message: "video service is unavailable",
  });
  expect(await store.list(videoID, all)).toEqual([]);
  expect(logs).toEqual([expect.stringContaining("Cannot reach the video service")]);
});

/** A video whose deletion comes between the first question for it and the insertion. */
function videoThatGoes(inner: CommentStore): { store: CommentStore; getVideo: GetVideo } {
  let there = true;
  return {
    getVideo: async () => {
      if (!there) throw notFound;
    },
    store: {
      ...inner,
      create: async (comment) => {
        there = false;
        await inner.deleteByVideoID(comment.videoID);
        return inner.create(comment);
      },
    },
  };
}
