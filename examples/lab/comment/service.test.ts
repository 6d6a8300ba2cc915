// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Client } from "@connectrpc/connect";
import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { Comment } from "../gen/comment/pb/rpc_pb.ts";
import {
  failingStore,
  failureOf,
  startCommentApi,
  unknownID,
  videoID,
  wires,
} from "./comment-api.testing.ts";
import { testClock } from "./database.testing.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import { CommentStoreUnavailableError } from "./store.ts";

type CommentClient = Client<typeof Comment>;

/** Every RPC that needs the store, and what it says when that fails. */
const calls: Record<string, { call: (client: CommentClient) => Promise<unknown>; action: string }> =
  {
    ListComment: {
      call: (client) => client.listComment({ videoId: videoID }),
      action: "list comments",
    },
    CreateComment: {
      call: (client) => client.createComment({ videoId: videoID, content: "hello" }),
      action: "create comment",
    },
    UpdateComment: {
      call: (client) => client.updateComment({ id: unknownID, content: "hello" }),
      action: "update comment",
    },
    DeleteComment: {
      call: (client) => client.deleteComment({ id: unknownID }),
      action: "delete comment",
    },
    DeleteCommentByVideoID: {
      call: (client) => client.deleteCommentByVideoID({ videoId: videoID }),
      action: "delete comments",
    },
  };

describe.each(wires)("the comment service %s", (wire) => {
  test("Healthz answers ok", async () => {
    const { client } = await startCommentApi({ wire });

    expect((await client.healthz({})).status).toBe("ok");
  });

  test.each(Object.entries(calls))(
    "%s answers Internal when the store fails, and only the log says why",
    async (_, { call, action }) => {
      const store = failingStore(new Error("password of the database is 'secret'"));
      const { client, logs } = await startCommentApi({ wire, store });

      expect(await failureOf(call(client))).toEqual({
        code: Code.Internal,
        message: `cannot ${action}`,
      });
      expect(logs).toEqual([`error Cannot ${action} error="password of the database is 'secret'"`]);
    },
  );

  test.each(Object.entries(calls))(
    "%s answers Unavailable while the store is down",
    async (_, { call, action }) => {
      const store = failingStore(new CommentStoreUnavailableError("database is locked"));
      const { client, logs } = await startCommentApi({ wire, store });

      expect(await failureOf(call(client))).toEqual({
        code: Code.Unavailable,
        message: "comment store is unavailable",
      });
      expect(logs).toEqual([`error Cannot ${action} error="database is locked"`]);
    },
  );

  test.each(["UpdateComment", "DeleteComment"])(
    "%s does not find an unknown comment",
    async (rpc) => {
      const { client, logs } = await startCommentApi({ wire });

      expect([await failureOf(calls[rpc]?.call(client) ?? Promise.resolve()), logs]).toEqual([
        { code: Code.NotFound, message: "comment not found" },
        [],
      ]);
    },
  );

  test("ListComment answers whole comments", async () => {
    const { now } = testClock();
    const { client, store } = await startCommentApi({
      wire,
      store: createMemoryCommentStore({ now }),
    });
    const { id } = await store.create({ videoID, content: "hello" });
    const at = { $typeName: "google.protobuf.Timestamp", seconds: 1_767_225_600n, nanos: 0 };

    expect((await client.listComment({ videoId: videoID })).comments).toEqual([
      {
        $typeName: "comment.pb.CommentInfo",
        id,
        videoId: videoID,
        content: "hello",
        createdAt: at,
        updatedAt: at,
      },
    ]);
  });

  test("ListComment takes limit and offset, and answers nothing when none is found", async () => {
    const { client, store } = await startCommentApi({ wire });
    for (const content of ["a", "b", "c"]) await store.create({ videoID, content });
    const list = async (page: { limit?: number; offset?: number }, videoId = videoID) =>
      (await client.listComment({ videoId, ...page })).comments.map(({ content }) => content);

    expect([
      await list({}),
      await list({ limit: 1 }),
      await list({ limit: 1, offset: 1 }),
      await list({}, "ffffffffffffffffffffffff"),
    ]).toEqual([["a", "b", "c"], ["a"], ["b"], []]);
  });

  test("timestamps: UpdateComment answers the changed comment, and its updated_at moves", async () => {
    const { now, tick } = testClock();
    const { client, store } = await startCommentApi({
      wire,
      store: createMemoryCommentStore({ now }),
    });
    const { id } = await store.create({ videoID, content: "old" });
    await tick();

    const { comment } = await client.updateComment({ id, content: "new" });

    expect(comment).toMatchObject({
      id,
      videoId: videoID,
      content: "new",
      createdAt: { nanos: 0 },
      updatedAt: { nanos: 1_000_000 },
    });
  });

  test("DeleteComment and DeleteCommentByVideoID take comments away", async () => {
    const { client, store } = await startCommentApi({ wire });
    const comments = [];
    for (const content of ["a", "b", "c"]) comments.push(await store.create({ videoID, content }));
    const left = async () => (await client.listComment({ videoId: videoID })).comments.length;

    await client.deleteComment({ id: comments[0]?.id ?? "" });
    const afterOne = await left();
    await client.deleteCommentByVideoID({ videoId: videoID });

    expect([afterOne, await left()]).toEqual([2, 0]);
    // Video repeats a delete that broke off.
    await client.deleteCommentByVideoID({ videoId: videoID });
  });

  test("ids are the same in upper case", async () => {
    const { client, store } = await startCommentApi({ wire });
    const { id } = await store.create({ videoID, content: "old" });

    const { comment } = await client.updateComment({ id: id.toUpperCase(), content: "new" });
    const { comments } = await client.listComment({ videoId: videoID.toUpperCase() });

    expect(comments).toEqual([comment]);
  });

  test.each([
    [
      "invalid objectID",
      (client: CommentClient, id: string) => client.listComment({ videoId: id }),
    ],
    ["invalid objectID", (client, id) => client.createComment({ videoId: id, content: "x" })],
    ["invalid objectID", (client, id) => client.deleteCommentByVideoID({ videoId: id })],
    ["invalid UUID", (client, id) => client.updateComment({ id, content: "x" })],
    ["invalid UUID", (client, id) => client.deleteComment({ id })],
  ] satisfies [string, (client: CommentClient, id: string) => Promise<unknown>][])(
    "a bad id answers InvalidArgument '%s' (%#)",
    async (message, call) => {
      const { client } = await startCommentApi({ wire });

      for (const id of [
        "",
        "nonsense",
        `${videoID}0`,
        `${unknownID}\n`,
        "zzzzzzzzzzzzzzzzzzzzzzzz",
      ]) {
        expect(await failureOf(call(client, id))).toEqual({ code: Code.InvalidArgument, message });
      }
    },
  );

  test("content with a NUL, which PostgreSQL cannot hold, is InvalidArgument", async () => {
    const { client, store } = await startCommentApi({ wire });
    const { id } = await store.create({ videoID, content: "before" });
    const content = "a\0b";

    expect([
      await failureOf(client.createComment({ videoId: videoID, content })),
      await failureOf(client.updateComment({ id, content })),
    ]).toEqual(
      Array(2).fill({
        code: Code.InvalidArgument,
        message: "content must not contain a NUL character",
      }),
    );
    expect(await store.list(videoID, { limit: 0, offset: 0 })).toMatchObject([
      { content: "before" },
    ]);
  });

  test.each([
    [{ limit: -1 }, "limit must not be negative"],
    [{ offset: -1 }, "offset must not be negative"],
  ])("ListComment answers InvalidArgument to %j", async (page, message) => {
    const { client } = await startCommentApi({ wire });

    expect(await failureOf(client.listComment({ videoId: videoID, ...page }))).toEqual({
      code: Code.InvalidArgument,
      message,
    });
  });
});
