// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { freePort } from "../kit/free-port.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { failureOf, videoID } from "./comment-api.testing.ts";
import { migrateDatabase } from "./database.testing.ts";
import { clientOf, start } from "./main.testing.ts";
import { connect, emptyPostgresDatabase } from "./postgres.testing.ts";

describeWith(["POSTGRES_URL"], "comment-api on PostgreSQL", ({ POSTGRES_URL }) => {
  test("comment-api waits for the schema, serves, and stops on SIGTERM with exit 0", async () => {
    const url = `${await emptyPostgresDatabase(POSTGRES_URL)}?sslmode=disable`;
    const api = await startApi(url);

    await api.line(/Waiting for the comment store error="No table 'comments'/);
    await migrateDatabase(url);
    const client = clientOf(await api.line(/Ready grpc=(\S+)/));
    const { id } = await client.createComment({ videoId: videoID, content: "hello" });
    const { comments } = await client.listComment({ videoId: videoID });
    api.child.kill("SIGTERM");

    expect(comments).toMatchObject([{ id, content: "hello" }]);
    expect(await api.exit).toEqual({ code: 0, signal: null, trace: [] });
  });

  test("comment-api ends with one line when there is no such database", async () => {
    const api = await startApi(`${POSTGRES_URL}_none`);

    expect(await api.exit).toMatchObject({ code: 1 });
    expect(api.output).toEqual([
      expect.stringMatching(
        /error Stopping: Cannot open the comment store: database "postgres_none" does not exist$/,
      ),
    ]);
  });

  test("comment-api waits for a server that starts later", async () => {
    await using server = await startServer("postgres");
    const url = server.env.POSTGRES_URL as string;
    await migrateDatabase(url);
    await server.stop();

    const api = await startApi(url);
    await api.line(/Waiting for the comment store error="connect ECONNREFUSED/);
    await server.start();

    const client = clientOf(await api.line(/Ready grpc=(\S+)/));
    expect((await client.listComment({ videoId: videoID })).comments).toEqual([]);
  });

  test.each(["stopped", "killed"])(
    "a server that is %s answers Unavailable until it is back, and nothing acknowledged is lost",
    async (how) => {
      await using server = await startServer("postgres");
      const url = server.env.POSTGRES_URL as string;
      // The server of the tests may forget its last commits when it is killed: this one may not.
      await (await connect(url)).query("ALTER DATABASE postgres SET synchronous_commit = on");
      await migrateDatabase(url);
      const meter = `127.0.0.1:${await freePort()}`;
      const api = await startApi(url, meter);
      const client = clientOf(await api.line(/Ready grpc=(\S+)/));

      const acknowledged: string[] = [];
      const codes = new Set<Code>();
      const stop = new AbortController();
      const writers = Promise.all(
        Array.from({ length: 8 }, async () => {
          while (!stop.signal.aborted) {
            await client.createComment({ videoId: videoID, content: "kept" }).then(
              ({ id }) => acknowledged.push(id),
              (error) => codes.add(ConnectError.from(error).code),
            );
          }
        }),
      );
      const more = async () => {
        const before = acknowledged.length;
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 50), {
          timeout: 50_000,
        });
      };

      await more();
      await (how === "killed" ? server.kill() : server.stop());
      const away = await failureOf(client.listComment({ videoId: videoID }));
      // Or nobody would be left to say what is away.
      const ready = await fetch(`http://${meter}/readyz`);
      await server.start();
      await more();
      stop.abort();
      await writers;

      const { comments } = await client.listComment({ videoId: videoID });
      expect(away).toEqual({ code: Code.Unavailable, message: "comment store is unavailable" });
      expect(ready.status).toBe(200);
      expect([...codes]).toEqual([Code.Unavailable]);
      expect(comments.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged));
      expect((await client.healthz({})).status).toBe("ok");
    },
    120_000,
  );
});

/** comment-api on a database, with a video service that has every video. */
async function startApi(url: string, meter = "127.0.0.1:0") {
  const video = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) => router.service(Video, { getVideo: ({ id }) => ({ video: { id } }) }),
  });
  onTestFinished(() => video.close(0));
  return start("main.ts", {
    POSTGRES_URL: url,
    GRPC_ADDR: "127.0.0.1:0",
    METER_ADDR: meter,
    VIDEO_SERVER_ADDR: `127.0.0.1:${video.address.port}`,
  });
}
