// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { expect, onTestFinished, test } from "vitest";
import { Video } from "../gen/video/pb/rpc_pb.ts";
import { httpUrl, parseAddress } from "../kit/address.ts";
import { freePort } from "../kit/free-port.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { failureOf, videoID } from "./comment-api.testing.ts";
import { emptyDatabase, migrateDatabase, migratedDatabase } from "./database.testing.ts";
import { clientOf, start } from "./main.testing.ts";

const loopback = { host: "127.0.0.1", port: 0 };

test("comment-api serves gRPC, and stops on SIGTERM with exit 0 and no stack trace", async () => {
  const video = await startRpcServer({
    address: loopback,
    routes: (router) => router.service(Video, { getVideo: () => ({ video: { id: videoID } }) }),
  });
  onTestFinished(() => video.close(0));
  const api = start("main.ts", {
    POSTGRES_URL: await migratedDatabase(),
    GRPC_ADDR: "127.0.0.1:0",
    METER_ADDR: "127.0.0.1:0",
    VIDEO_SERVER_ADDR: `127.0.0.1:${video.address.port}`,
  });
  const client = clientOf(await api.line(/Ready grpc=(\S+)/));

  const { id } = await client.createComment({ videoId: videoID, content: "hello" });
  const { comments } = await client.listComment({ videoId: videoID });
  api.child.kill("SIGTERM");

  expect(comments).toMatchObject([{ id, content: "hello" }]);
  expect(await api.exit).toEqual({ code: 0, signal: null, trace: [] });
});

test("dependencies: comment-api waits until the schema is migrated, and /readyz says so", async () => {
  const url = await emptyDatabase();
  const meter = `127.0.0.1:${await freePort()}`;
  const api = start("main.ts", {
    POSTGRES_URL: url,
    GRPC_ADDR: "127.0.0.1:0",
    METER_ADDR: meter,
    VIDEO_SERVER_ADDR: `127.0.0.1:${await freePort()}`,
  });
  const readyz = new URL("/readyz", httpUrl(parseAddress(meter)));

  await api.line(/Waiting for the comment store error="No table 'comments'/);
  const before = await fetch(readyz);
  await migrateDatabase(url);
  const client = clientOf(await api.line(/Ready grpc=(\S+)/));
  const after = await fetch(readyz);

  expect([before.status, await before.json(), after.status, await after.json()]).toEqual([
    503,
    { status: "comment store: starting; RPC server: starting" },
    200,
    { status: "ok" },
  ]);
  // Video is dialled at first use only, and is not there.
  expect(await failureOf(client.createComment({ videoId: videoID }))).toMatchObject({
    code: Code.Unavailable,
  });
  expect((await client.healthz({})).status).toBe("ok");
  const metrics = await fetch(new URL("/metrics", readyz));
  expect(await metrics.text()).toMatch(
    /error_request_total\{.*FullMethod="\/comment.pb.Comment\/CreateComment".*\} 1/,
  );
});

test("comment-api that still waits stops on SIGTERM with exit 0", async () => {
  const api = start("main.ts", {
    POSTGRES_URL: await emptyDatabase(),
    GRPC_ADDR: "127.0.0.1:0",
    METER_ADDR: "127.0.0.1:0",
  });
  await api.line(/Waiting for the comment store/);

  api.child.kill("SIGTERM");

  expect(await api.exit).toEqual({ code: 0, signal: null, trace: [] });
});

test.each([
  ["main.ts", {}, /^Missing POSTGRES_URL: Where comments are stored: /],
  [
    "main.ts",
    { POSTGRES_URL: "mysql://localhost" },
    /^Malformed POSTGRES_URL: must be a URL that starts with 'sqlite:' or 'postgres:' or 'postgresql:': current value is 'mysql:\/\/localhost'$/,
  ],
  [
    "main.ts",
    { POSTGRES_URL: "postgres://a:secret@host:port/", METER_ADDR: "127.0.0.1:0" },
    /error Stopping: Cannot read the address 'postgres:\/\/a:\*\*\*@host:port\/': Invalid URL$/,
  ],
  ["migration/main.ts", {}, /^Missing MIGRATION_URL: The database to migrate/],
  [
    "migration/main.ts",
    { MIGRATION_URL: "postgres://a:secret@host:port/" },
    /error Cannot migrate 'postgres:\/\/a:\*\*\*@host:port\/': Cannot read the address/,
  ],
])("%s with %j ends with one line and exit 1", async (module, env, line) => {
  const { exit, output } = start(module, env);

  expect(await exit).toMatchObject({ code: 1 });
  expect(output).toEqual([expect.stringMatching(line)]);
});

test("comment-migration applies by default, is idempotent, and rolls back with down", async () => {
  const env = { MIGRATION_URL: await emptyDatabase() };
  const outputs = [];
  for (const args of [[], ["up"], ["down"]]) {
    const { exit, output } = start("migration/main.ts", env, args);
    const { code } = await exit;
    outputs.push({ code, lines: output.map((line) => line.replace(/^\S+ /, "")) });
  }

  expect(outputs).toEqual([
    {
      code: 0,
      lines: [
        "info  Migration applied file=001_create_comments.up.sql version=1",
        "info  Schema is as wanted direction=up",
      ],
    },
    { code: 0, lines: ["info  Schema is as wanted direction=up"] },
    {
      code: 0,
      lines: [
        "info  Migration rolled back file=001_create_comments.down.sql version=0",
        "info  Schema is as wanted direction=down",
      ],
    },
  ]);
});

test.each([
  [["sideways"], /^Unknown command 'sideways': must be up or down$/],
  [
    ["--migration_source=file:///no/such"],
    /error Cannot read the folder '\/no\/such': no such folder$/,
  ],
])("comment-migration with %j ends with one line and exit 1", async (args, line) => {
  const { exit, output } = start(
    "migration/main.ts",
    { MIGRATION_URL: await emptyDatabase() },
    args,
  );

  expect(await exit).toMatchObject({ code: 1 });
  expect(output).toEqual([expect.stringMatching(line)]);
});
